# Parameter expansion in all its forms.
p() { printf '%d:' $#; for i; do printf '<%s>' "$i"; done; echo; }
unset u; n=; s=abc; sp='a b  c'
p ${u:-d} ${u-d} ${n:-d} "${n-d}" ${s:-d} ${s-d}
p ${u:+d} ${u+d} ${n:+d} ${n+d} ${s:+d} ${s+d}
p "${u:+d}" "${u+d}" "${n:+d}" "${n+d}"
p ${u:=def} $u; unset u; p "${u=x y}" $u "$u"
p ${#s} ${#sp} ${#n} ${#u} ${#}
path=/usr/lib/x/file.tar.gz
p ${path#/usr} ${path#*/} ${path##*/} ${path%.*} ${path%%.*} ${path%/*} ${path##*.}
p "${path#/usr}" "${path%"/file.tar.gz"}" "${path#'/usr'}" "${path##*'/'}"
p ${s#a} ${s#b} ${s%c} ${s%%*} ${s##*} ${s#?} ${s%?} ${s#[ab]} "${s%[bc]}"
star='a*b*c'; p "${star#a\*}" "${star#a*}" "${star##*\*}" "${star%'*'c}" "${star%%"*"*}"
p ${sp} "${sp}" ${sp#a} "${sp#a }"
set -- one "two words" three
p $# $* ; p $@; p "$*"; p "$@"; p "x$@y"; p x"$*"y
p "${1}" "${2}" $3 $4 "$4" ${10-none}
p "${@#t}" 2>/dev/null | wc -l
p ${1+"$@"} ; p ${4+"$@"}; p "${4+x}"; p "${1:+$@}"
set --; p "$@"; p "$*"; p $@ $*; p "a$@"; p ${1+"$@"}; p "$@" ""
set -- "" "" ; p "$@"; p $@; p "$*"; p $#
IFS=:; set -- a "b c" d; p "$*"; p $*; IFS=; p "$*"; p $*; unset IFS; p "$*"; p $*
p ${u1:-$s} ${u1:-"$sp"} "${u1:-$sp}" ${u1:-$sp} ${u1:-a b} "${u1:-a b}"
p ${u1:-'a b'} "${u1:-"a b"}" ${u1:-a\ b} "${u1:-a\}b}" ${u1:-{}} 
p ${s:-${u2:-deep}} ${u1:-${u2:-deep}} "${u1:-"${u2:-"d p"}"}"
p "$s$n$s" $s$n$s $n$n "$n"$n ""$n
a=1; b=$a$a; c="$b"x; p $a $b $c
a=~; p "$([ "$a" = "$HOME" ] && echo home)"
a=x:~:~/y; p "$(echo "$a" | sed "s|$HOME|H|g")"
d=$s; p "$d" "$s$d" ${s}d
(unset zz; : ${zz?}) 2>/dev/null; p $?
(unset zz; : ${zz:?message}) 2>/dev/null; p $?
(zz=; : ${zz?fine}); p $?
(zz=; : ${zz:?bad}) 2>/dev/null; p $?
p $? $0x | sed 's/<[^>]*x>/<name>/'
x='*'; p "$x" | cat; set -f; p $x; set +f
p ${s:-}"" ${u9:-}; p "${u9:-}"
p 12$n"" ''$u9
x=abcabc; p ${x%b*} ${x%%b*} ${x#*b} ${x##*b}
x='a b c'; p "${x% *}" "${x%% *}" "${x#* }" "${x##* }" ${x% *}
x=foo.c; p ${x%.c}.o "${x%.c}.o"
: ${new:=value}; p $new
p ${#new} "${#new}" ${#1} "${#*}" | wc -l
