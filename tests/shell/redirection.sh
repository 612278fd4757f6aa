# Redirections and here-documents.
d=$(mktemp -d) && cd "$d" || exit 1
echo one >f; cat f; echo two >>f; cat <f; echo three 1>f; cat 0<f
{ echo out; echo err >&2; } >o 2>e; cat o e
{ echo out; echo err >&2; } >both 2>&1; cat both
{ echo out; echo err >&2; } 2>&1 >only | sed 's/^/piped /'; cat only
exec 3>three; echo to3 >&3; exec 3>&-; cat three
exec 4<f; read x <&4; echo "$x"; exec 4<&-
(echo x >&4) 2>/dev/null; echo $?
echo rw 1<>rw; cat rw; printf 'abcdef' >rw; printf X 1<>rw; cat rw; echo
set -C; (echo no >f) 2>/dev/null; echo $?; echo yes >|f; cat f; echo new >fresh; cat fresh; echo n >/dev/null; set +C
>empty; wc -c <empty | tr -d ' '; : >empty2; ls
cat <<X
plain $((1+1)) ${nope:-default} `echo bq` $(echo sub) \$esc \\ "quoted" 'single'
X
cat <<'X'
literal $HOME `no` \n "q"
X
cat <<"X"
also $literal
X
cat <<\X
and $this
X
cat <<-X
	tabs
		gone
	  but not spaces
	X
cat <<A; cat <<B
first
A
second
B
cat <<A - <<B 2>/dev/null | head -1
only the last counts
A
this one
B
cat <<X | tr a-z A-Z
piped here
X
while read l; do echo "[$l]"; done <<X
l1
 l2 
l3\
joined
X
x=$(cat <<X
in substitution
X
); echo "$x"
f() { cat <<X
in function $1
X
}
f a; f b
if true; then cat <<X; fi
in if
X
cat <<X
"$x" ${x%tion} ${u-a "b" 'c'} \
joined
X
cat <<E
E
cat <<''
up to the empty line

for i in 1 2; do echo $i; done >loop; cat loop
if true; then echo c; fi >c; cat c; (echo sub) >s; cat s; { echo g; } >g; cat g
while read a b; do echo "$b $a"; done <<X >swapped
1 2
3 4
X
cat swapped
echo a >q >r; cat q r
cat <nonexistent 2>/dev/null; echo $?
{ echo x; } <nonexistent 2>/dev/null; echo $?
echo x 2>/dev/null >nodir/f; echo $?
(: <nonexistent; echo not reached) 2>/dev/null; echo $?
f() { echo infn; }; f >fn; cat fn
echo hi 2>&1 1>&2 2>/dev/null | cat
n=5; exec 5>five; echo five >&$n; exec 5>&-; cat five
echo "a b" >"with space"; cat "with space"; t=tgt; echo z >$t.x; cat tgt.x
(exec >inner; echo hidden); cat inner
echo closed >&- 2>/dev/null; echo $?
echo 2>x 3; cat x; echo 2 >y; cat y; echo a2>z; cat z
i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo "line $i of a long here-document"; done >long
eval "cat <<X | tail -1
$(cat long)
X"
cd /; rm -rf "$d"
