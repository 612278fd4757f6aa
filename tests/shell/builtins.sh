# Built-in commands.
d=$(mktemp -d) && cd "$d" || exit 1
echo a b  c; echo; echo -n x; echo y; echo 'a\tb\\n\0101\c more'; echo; echo -- -e x; echo 'a\nb'
printf '%s|%5s|%-5s|%.2s|\n' abc abc abc abc; printf '%d %i %u %o %x %X %c\n' 42 -7 42 8 255 255 xyz
printf '%05d|%+d|% d|%-4d|%4d|\n' 42 42 42 42 42; printf '%s\n' a b c; printf '%s %s\n' a b c
printf '%b\n' 'a\tb\0101'; printf 'a\nb\t\\c\101\n'; printf '%%|%5.1f|%e|%g\n' 3.14159 1000 0.5
printf '%s'; echo; printf 'no newline'; echo; printf '%*d|%-*d|\n' 5 42 5 42; printf '%d\n' 0x1f 010 "'A" 
printf '%c%c\n' hello ''; printf '%5c|\n' x; printf '%s\n' "a b" 'c'; printf '[%s]\n'
printf '%d\n' abc 2>/dev/null; echo $?; printf '%d\n' 12x 2>/dev/null; echo $?
test a; echo $?; test ''; echo $?; test; echo $?; [ a = a ]; echo $?; [ a != a ]; echo $?
[ -n x ] && echo n; [ -z '' ] && echo z; [ -z x ] || echo nz; [ ! x ] || echo notx; [ ! '' ] && echo not
[ 1 -lt 2 -a 2 -lt 3 ] && echo and; [ 1 -gt 2 -o 2 -lt 3 ] && echo or; [ \( a = b -o c = c \) -a x ] && echo paren
for op in -eq -ne -lt -le -gt -ge; do [ 3 $op 4 ] && echo "3 $op 4"; [ 4 $op 4 ] && echo "4 $op 4"; done
[ -d . ] && echo d; [ -f . ] || echo notf; touch f; [ -f f ] && echo f; [ -e f ] && echo e; [ -s f ] || echo empty
echo x >f; [ -s f ] && echo s; [ -r f ] && echo r; [ -w f ] && echo w; [ -x f ] || echo notx; chmod +x f; [ -x f ] && echo x
ln -s f l; [ -L l ] && echo L; [ -h l ] && echo h; [ -L f ] || echo notL; [ -c /dev/null ] && echo c; [ -b f ] || echo notb
[ f -ef f ] && echo ef; mkfifo pp; [ -p pp ] && echo p; [ -e nofile ] || echo none
[ = ] && echo eq1; [ ! = ] ; echo $?; [ -n ] && echo n1; [ '(' ] && echo par; [ ! -n ]; echo $?; [ -f = -f ]; echo $?
[ a = a -a b = b ]; echo $?; [ ! a = b ]; echo $?; [ x -eq 1 ] 2>/dev/null; echo $?; [ a b ] 2>/dev/null; echo $?
mkdir -p a/b; cd a/b; pwd | sed "s|$d|D|"; cd ..; pwd | sed "s|$d|D|"; cd - | sed "s|$d|D|"; cd "$d"
cd a/./b/..; pwd | sed "s|$d|D|"; cd "$d"; ln -s a/b ln; cd ln; pwd | sed "s|$d|D|"; pwd -P | sed "s|$(cd "$d"; pwd -P)|P|"
cd ..; pwd | sed "s|$d|D|"; cd -P ln; pwd | sed "s|$(cd "$d"; pwd -P)|P|"; cd "$d"
cd nodir 2>/dev/null; echo $?; (cd /; echo $PWD $OLDPWD | sed "s|$d|D|"); HOME=$d/a; cd; pwd | sed "s|$d|D|"; cd "$d"
set -- a b c d; shift; echo $1 $#; shift 2; echo $1 $#; set x y; echo $*; set -- -x; echo $1; set --; echo $#
x=1; export x; sh -c 'echo $x'; export y=2 z="a b"; sh -c 'echo $y $z'; unset x; sh -c 'echo ${x-none}'
readonly ro=5; echo $ro; (ro=6) 2>/dev/null; echo $?; (unset ro) 2>/dev/null; echo $?; (readonly ro=7) 2>/dev/null; echo $?
v='a b'; export w=$v; sh -c 'echo "$w"'; f() { local m=$v; echo "$m"; }; f
unset nothing; echo $?; x=1; unset x; echo ${x-gone}; unset -v v; echo ${v-gone}
read a b <<X
one two three
X
echo "$a|$b"; read a <<X
  spaced  
X
echo "<$a>"; IFS= read -r a <<'X'
  raw\t 
X
echo "<$a>"; printf 'no newline' | { read x; echo $? "<$x>"; }; read x </dev/null; echo $? "<$x>"
IFS=: read a b c <<X
1:2:3:4:
X
echo "$a|$b|$c"; echo 'a\ b c' | { read x y; echo "<$x><$y>"; }; echo 'a\
b' | { read x; echo "<$x>"; }; echo ' x , y , ' | { IFS=' ,' read a b c; echo "<$a><$b><$c>"; }
echo 'a:b:' | { IFS=: read x y; echo "<$x><$y>"; }; echo 'a:b::' | { IFS=: read x y; echo "<$x><$y>"; }
echo '  a  ' | { IFS= read x; echo "<$x>"; }; echo | { read x y; echo "<$x><$y>"; }
while getopts ab:c o -a -b val -cx rest; do case $o in b) echo "$o $OPTARG";; *) echo $o;; esac; done 2>/dev/null; echo $OPTIND
OPTIND=1; g() { while getopts :xy: o; do echo "$o:${OPTARG-}"; done; shift $((OPTIND-1)); echo "rest $*"; }
g -x -yfoo -z -y; OPTIND=1; g -xyfoo -- -x; OPTIND=1; g a b; OPTIND=1; g -y bar -x z
type cd | head -1; type if; command -v cd; command -v sh >/dev/null && echo found; command -v nosuch; echo $?
type nosuch >/dev/null 2>&1; echo $?; f() { :; }; command -v f; type f; command echo via; command -v if
cd() { echo fake; }; cd; command cd /; pwd; unset -f cd; echo() { printf 'E\n'; }; echo; unset -f echo
umask 022; umask; umask -S; umask 077; umask; umask u=rwx,g=rx,o=; umask; umask g-w,o+r; umask; umask 22; touch "$d/m"; ls -l "$d/m" | cut -c1-10
true; echo $?; false; echo $?; :; echo $?; : a b; ulimit -n >/dev/null; echo $?; ulimit -c 0; ulimit -c
hash -r; echo $?; times >/dev/null; echo $?; alias ll='echo aliased'; alias ll; unalias ll; alias ll 2>/dev/null; echo $?
echo 'x=dotted; echo "in dot $1"; return 3; echo no' >"$d/dot"; . "$d/dot"; echo $? $x; (. /nonexistent; echo no) 2>/dev/null; echo $?
sh -c 'echo $0 $1 $#' name arg; sh -c 'exit 3'; echo $?; sh -c 'echo "$@"' x 1 '2 3'; echo 'echo from stdin $1' | sh -s arg
echo 'echo script $0 $1' >"$d/scr"; sh "$d/scr" a | sed "s|$d|D|"; echo 'exit 4' | sh; echo $?
nosuchcommand 2>/dev/null; echo $?; "$d" 2>/dev/null; echo $?; /etc/passwd 2>/dev/null; echo $?; '' 2>/dev/null; echo $?
exec 9>&1; (exec echo replaced; echo no); (exec nosuch) 2>/dev/null; echo $?; exec 9>&-
kill -l 15; kill -l 130; kill -0 $$; echo $?; kill -0 999999 2>/dev/null; echo $?
PATH=/nonexistent; nosuch 2>/dev/null; echo $?; command -p echo ok; PATH=/usr/bin:/bin; rm -rf "$d"
