# Odd corners of the grammar; errors must be errors.
t() { sh -c "$1" 2>/dev/null; echo "= $?"; }
t 'if true; then echo'; t 'for'; t 'echo )'; t '('; t 'echo "unterminated'; t "echo 'x"; t 'echo $(' ; t 'case x in'
t 'while'; t '{ echo'; t 'fi'; t 'done'; t 'echo a ;; echo b'; t '&& echo'; t '| cat'; t 'echo a || '; t 'f( ) { echo spaced; }; f'
t 'echo a; ; echo b'; t 'if; then echo; fi'; t 'for 1x in a; do :; done'; t 'f() echo x'; t 'echo ${x'; t 'echo ${x!y}'; t 'echo `echo'
t 'echo a&echo b; wait' | sort; t '{ echo brace; }'; t '{echo}'; t 'echo {a,b}'; t 'echo }'; t 'x=1; echo $x;'
t ''; t '
'; t '# only a comment'; t 'echo a # b'; t 'echo a;# b'; t ':;:'; t 'true|true'; t 'if true;then echo y;fi'; t '(echo a;echo b)|cat'
t 'case a in a) echo 1;; b) echo 2; esac'; t 'case a in (a|b) echo 3;; esac'; t 'case a in esac'; t 'case "a b" in "a b") echo 4;; esac'
t 'case a in
a)
 echo nl
;;
esac'
t 'for i in a b
do echo $i; done'; t 'for i
do echo $i; done'; t 'for i in a;do echo $i;done'; t 'while false;do :;done'
t 'f()
{
echo body
}
f'; t 'f() { echo x; } ; f'; t 'f()(echo sub); f'; t 'f () { echo $#; }; f 1 2'; t 'f() { :; }; f && echo ok'
t 'x=a y=b; echo $x$y'; t 'x=1 y=$x; echo $y'; t '=x echo'; t 'a-b=1'; t '1a=2'; t 'x= echo empty'; t 'x=(1)'; t 'echo x=1'
t 'echo $(echo $(echo $(echo deep)))'; t 'echo `echo \`echo bq\``'; t 'echo "$(echo "$(echo "a  b")")"'; t 'echo $(case x in x) echo in case;; esac)'
t 'echo $(echo ")" ; echo "(")'; t 'echo $(( (1+2) * 3 ))'; t 'echo $((1+$(echo 2)))'; t 'echo "a${x:-"b c"}d"'; t 'echo ${x:-"}"}'
t 'echo `echo "a b"`'; t 'echo "`echo \"a  b\"`"'; t 'echo "`echo a\\\\b`"'; t 'echo $(echo a # comment
)'; t 'echo $(cat <<E
here
E
)'; t 'echo a 2>&1 | cat'; t '2>/dev/null echo first'; t '>/dev/null echo x; echo y'; t 'x=5 >/dev/null; echo $x'; t '</dev/null'; t '< /dev/null cat'
t 'if true; then echo a; else echo b; fi | cat'; t 'while read x; do echo $x; done < /dev/null'; t 'for i in 1 2; do echo $i; done | (read a; echo $a)'
t 'echo a && echo b || echo c && echo d'; t 'false && echo b || echo c'; t 'true || echo b && echo c'; t '{ echo a; } && (echo b)'
t 'echo hello\ world'; t 'e\cho x'; t '"echo" q'; t 'ec""ho joined'; t 'cmd=echo; $cmd var'; t 'cmd="echo a  b"; $cmd'; t '$nothing echo after'; t '$nothing'; t '""'
t 'alias e="echo al"
e x'; t 'alias e=echo; eval "e y"'; t 'alias a="a b"
a 2>/dev/null || echo once'; t 'echo $#$?$-x' | sed 's/[a-z]*x/x/'; t 'echo "$"'; t 'echo $%'; t 'echo a\'; t 'export A=1; echo $A'
t 'exit 300'; t 'exit -1'; t 'exit abc'; t 'return 3'; t 'break; echo after'; t 'continue; echo after'; t 'shift 5; echo no'; t '. /nonexistent; echo no'
t 'readonly x=1; x=2; echo no'; t 'readonly x=1; x=2 true; echo r$?' | head -1; t 'unset 1x; echo no'; t 'export 1x=3; echo no'; t 'command export 1x=3; echo yes'; t 'command . /nonexistent; echo yes'
t 'echo ${x?oops}; echo no'; t ': ${y=z}; echo $y'; t 'set -o nosuch; echo no'; t 'cd /nonexistent; echo yes'; t 'command shift 5; echo yes'
t 'echo $PPID | grep -c "^[0-9]*$"'
t 'if false; then echo ${x!y}; fi; echo unharmed'; t 'echo ${}; echo no'; t 'echo "${x:0:2}"; echo no'; t 'echo ${#x!}'; t ': || echo ${x/a/b}; echo fine'
