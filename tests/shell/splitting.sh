# Field splitting.
p() { printf '%d:' $#; for i; do printf '<%s>' "$i"; done; echo; }
x='  a  b	c
d  '; p $x; p "$x"
IFS=:; x=a:b::c:; p $x; x=:a; p $x; x=::; p $x; x=a; p $x; x=; p $x
IFS=' :'; x='a : b:c  d : :e'; p $x; x=' a:'; p $x; x=' : '; p $x; x='a b:'; p $x
IFS=,; x='a b,c d'; p $x; p x$x; p $x"y"; p "z"$x
IFS='x'; p $(echo axbxxc); v=1x2; p $v; p literalxtext; p ${u:-1x2} "${u:-1x2}"
IFS=; x=' a b '; p $x; unset IFS; p $x
IFS=$(printf '\n\t '); p $(printf 'l1\nl2 l3\n')
IFS='
'; p $(printf 'a b\nc d\n\ne'); unset IFS
x='a "b c" d'; p $x
x="q'r s'"; p $x
p $(echo a; echo b) "$(echo a; echo b)" x$(echo 1 2)y "x$(echo 1 2)y"
p $((1+1)) "$((2 * 3))" x$((4))y
IFS=1; p $((212)) "$((212))"; unset IFS
e=; p $e; p "$e"; p $e$e; p $e"" ; p $e a $e
x='a  b'; y=$x; p "$y"; for i in $x; do p $i; done; case $x in 'a  b') p same;; esac
set -- $x; p $#; set -- "$x"; p $#
IFS=/; set -- $(echo usr/lib//x); p "$@"; unset IFS
x=' lead'; p $x; p a$x; x='trail '; p $x; p ${x}b
IFS=': '; x=' a : b '; p $x; x='::a: :b'; p $x
IFS=' '; printf 'a:b c:d\n' | { IFS=: read x y z; p "$x" "$y" "$z"; p "$IFS"; }
