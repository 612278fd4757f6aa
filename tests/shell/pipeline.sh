# Pipelines, background, substitution, with real programs.
seq 1 1000 | grep 7 | sort -rn | head -3 | wc -c | tr -d ' '
yes | head -1000 | wc -l | tr -d ' '; seq 100000 | tail -1; (seq 10; seq 20 30) | wc -l | tr -d ' '
echo a b c | { read x y z; echo $z $y $x; }; printf 'b\na\nc\n' | sort | tr '\n' ' '; echo
x=$(seq 5 | while read n; do echo -n "$n,"; done); echo "$x"; y=$(printf 'a\0b' | wc -c); echo $y
echo $(echo $(seq 3)); for i in $(seq 3); do echo $i; done | cat -n | tr -s ' \t' ' '
i=0; seq 3 | while read n; do i=$((i+n)); echo $i; done; echo $i; cat /dev/null | wc -c | tr -d ' '
(exit 3) | (exit 4); echo $?; sh -c 'exit 5' | cat; echo $?; cat <<X | cat | cat | cat | cat | wc -l | tr -d ' '
1
2
X
f() { cat; }; echo through | f | f | f; echo a | (cat; echo b) | { cat; echo c; }
n=0; while [ $n -lt 50 ]; do n=$((n+1)); echo $n | cat; done | tail -1
big=$(seq 20000); echo "${#big}"; echo "$big" | tail -1; set -- $big; echo $#
(sleep 0.1; echo late) | { sleep 0; echo early; cat; }; true | true | false; echo $?; false | false | true; echo $?
sh -c 'echo pid$$' | sed 's/[0-9][0-9]*/N/'; a=$$; (test $$ = $a && echo same); test "$(sh -c 'echo $PPID')" = $$ && echo parent
mkfifo /tmp/fifo.$$ && { echo via fifo >/tmp/fifo.$$ & cat /tmp/fifo.$$; wait; rm /tmp/fifo.$$; }
{ echo a; echo b >&2; } 2>&1 | sort; { echo x | cat; } | cat; ! echo x | grep -q y && echo none
exec 3<<X
line one
line two
X
read a <&3; read b <&3; echo "$a/$b"; exec 3<&-
case $(uname -s) in *) echo any;; esac; test -n "$(date)" && echo date; basename /a/b.c .c; dirname /a/b
find /dev/null; echo 'a:b' | cut -d: -f2; echo abc | sed s/b/X/; echo 3 4 | awk '{print $1+$2}'; expr 3 \* 4
echo x | tee /tmp/tee.$$ | cat; cat /tmp/tee.$$; rm /tmp/tee.$$; env -i A=1 sh -c 'echo $A'; nice=1; echo $nice
xargs echo <<X
a b
c
X
seq 1 30 | xargs -n 10 echo; printf '1\n2\n' | while read a; do echo "$(echo $a)$(echo $a)"; done
