# trap, kill, wait, exit.
sh -c 'trap "echo bye" EXIT; echo hi'; sh -c 'trap "echo bye" 0; exit 3'; echo $?; sh -c 'trap "exit 5" EXIT; exit 3'; echo $?
sh -c 'trap "echo usr" USR1; kill -USR1 $$; echo after'; sh -c 'trap "" TERM; kill $$; echo survived'
sh -c 'trap "echo t; exit 4" TERM; kill $$; echo no'; echo $?; sh -c 'kill -9 $$'; echo $?; sh -c 'kill -TERM $$'; echo $?
sh -c 'trap "echo int" INT; trap - INT; kill -INT $$; echo no'; echo $?
sh -c 'trap "echo x" INT TERM; trap' | sort; sh -c 'trap "echo \"q\" '"'"'s'"'"'" HUP; trap; kill -HUP $$'
sh -c 'trap "echo sub" EXIT; (echo inner); echo outer'; sh -c '(trap "echo in" EXIT); echo out'
sh -c 'trap "echo \$?" EXIT; false'; sh -c 'trap "echo e\$?" EXIT; exit 7'; echo $?
sh -c 'trap "echo u" USR1; sleep 0.3 & kill -USR1 $$; wait; echo w'; sh -c 'sleep 5 & kill $!; wait $!; echo $?'
sh -c '(exit 3) & p1=$!; (exit 4) & p2=$!; wait $p1; echo $?; wait $p2; echo $?; wait; echo $?'
sh -c 'trap "echo got; trap - USR1" USR1; kill -USR1 $$; echo one; trap'; sh -c 'trap "echo c" CHLD; true; (exit 0); echo d' | tail -1
sh -c 'f() { trap "echo fexit" EXIT; }; f; echo end'; sh -c 'trap "echo 1" EXIT; trap "echo 2" EXIT'
sh -c 'trap "echo a" EXIT; exec echo b'; sh -c 'trap "echo x" EXIT; $(exit 3); echo $?'
sh -c 'echo $(trap "echo s" EXIT; echo r)'; sh -c 'sh -c "kill -SEGV \$\$" 2>/dev/null; echo $?' 2>/dev/null
sh -c 'x=$(kill -TERM $$; echo no); echo no'; echo $?; yes | head -1; sh -c 'trap "" PIPE; yes 2>/dev/null; echo $?' | head -1
sh -c 'while :; do echo y; done' | head -2; sh -c 'trap nosuch EXIT' 2>/dev/null; echo $?; sh -c 'trap x NOSIG' 2>/dev/null; echo $?
sh -c 'trap "echo t1" TERM; (kill -TERM $$; sleep 0.1) & wait; echo after; wait'; sh -c 'wait; echo $?'
sh -c 'sleep 0.2 & sleep 0.1; jobs >/dev/null; wait; echo j'; sh -c 'true & wait $! ; echo $?'
sh -c 'trap "return 3" USR1; f() { kill -USR1 $$; echo no; }; f; echo $?' | tail -1
