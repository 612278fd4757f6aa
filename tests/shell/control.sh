# Lists, conditions, loops, functions, subshells.
true && echo a; false && echo b; false || echo c; true || echo d; echo $?
true && false || echo e; false || true && echo f; ! true; echo $?; ! false; echo $?
if false; then echo no; elif true; then echo elif; else echo else; fi
if false; then :; fi; echo $?; if false; then :; else false; fi; echo $?
for i in a b c; do echo $i; done; for i in; do echo never; done; echo $?
for i in 1 2 3 4; do [ $i = 2 ] && continue; [ $i = 4 ] && break; echo $i; done
for i in 1 2; do for j in a b; do [ $j = b ] && continue 2; echo $i$j; done; done
for i in 1 2; do for j in a b; do [ $j = b ] && break 2; echo $i$j; done; done
i=0; while [ $i -lt 3 ]; do echo w$i; i=$((i+1)); done; until [ $i = 0 ]; do i=$((i-1)); echo u$i; done
while :; do echo once; break; done; while false; do :; done; echo $?
while true; do while true; do break 2; done; echo never; done; echo out
f() { echo "f($*)"; return 5; }; f 1 2; echo $?; f; f "a b" c
g() { local v=in; echo $v; h; }; h() { echo "h sees $v"; }; v=out; g; echo $v
r() { [ $1 -le 0 ] && return; echo $1; r $(($1-1)); }; r 3
k() { for i in 1 2 3; do [ $i = 2 ] && return 7; done; }; k; echo $?
w() (echo subshell-body; x=changed); x=orig; w; echo $x
q() if true; then echo if-body; fi; q
z() { echo redirected; } >&2; z 2>/dev/null
(echo sub; exit 3); echo $?; (x=inner; echo $x); echo $x
{ echo group; x=group; }; echo $x; { false; }; echo $?
(cd /; pwd); (exit); echo $?; (false); echo $?
echo a | cat | cat; false | true; echo $?; true | false; echo $?; ! false | true; echo $?
echo x | while read y; do echo "got $y"; z=set; done; echo "${z-unset}"
{ echo 1; echo 2; } | { read a; read b; echo $a$b; }
case x in x) echo one; echo two;; y) echo no;; esac
case $(echo hi) in h*) echo matched;; esac
for x in 1 2 3
do
  echo "nl $x"
done
if true
then echo t
else echo e
fi
while read -r line; do echo "<$line>"; done <<X
a b
c\d
X
f() { f2() { echo nested; }; f2; }; f; f2; unset -f f2; f2 2>/dev/null; echo $?
f() { return; }; false; f; echo $?; (return 2>/dev/null); echo ok
true; false; echo $?; x=$(false); echo $?; x=$(exit 4) y=5; echo $?; x=1; echo $?
a=1 b=2; echo $a$b; a=3 true; echo $a; a=4 :; echo $a; f() { echo "in $a"; }; a=5 f; echo $a
a=env sh -c 'echo $a'; echo $a; unset a; a=env sh -c 'echo $a'; echo "${a-unset}"
eval 'echo ev; x=evx'; echo $x; eval "echo \$x" 'y z'; eval; echo $?; eval false; echo $?
eval 'for i in 1 2; do echo $i; done' | tail -1
(eval 'if true; then' 2>/dev/null); echo $?
echo a & wait; (sleep 0; exit 6) & wait $!; echo $?; wait 99999; echo $?
{ sleep 0; echo bg; } & wait; true & echo $?; wait
f() { echo $1; shift; [ $# -gt 0 ] && f "$@"; }; f x y z
if ! false; then echo neg; fi; while ! true; do :; done; echo done
true &&
echo newline after and
false ||

echo blank after or
echo pipe |
cat
for i in "a b" c; do echo "$i"; done; set -- p q; for i do echo $i; done; for i; do echo $i; done
for do in do; do echo $do; done; echo if then else fi for do done
if (true); then (echo p); fi; ( (echo nested) ); { { echo gg; }; }
exit 9
