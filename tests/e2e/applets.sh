# SPDX-License-Identifier: ISC
# Debian's busybox at work: each section is one applet (or a few that belong together), and its
# output must be the same bytes on Linux and on Braid. Run by `busybox sh` in an empty directory.
umask 022
PATH=$PWD/bin
/bin/busybox mkdir bin work
for applet in $(/bin/busybox --list); do /bin/busybox ln -s /bin/busybox "bin/$applet"; done
cd work
section() { echo "== $1"; }

section seq; seq 5; seq -s, 2 3 20; seq -w 8 11
section "pipeline of the issue"; seq 1 100000 | grep 7 | sort -rn | head -3 | wc -c; echo $?
seq 1 200 > numbers
printf 'pear 3\napple 10\nfig 3\ncherry 1\napple 2\n' > fruit
printf 'one\ttwo\tthree\n\talpha  beta\n' > tabs
section head; head -n 3 numbers; head -c 7 numbers
section tail; tail -n 3 numbers; tail -n +198 numbers; tail -c 8 numbers
section wc; wc numbers fruit; wc -l < numbers; wc -w fruit
section sort; sort fruit; sort -k2n fruit; sort -r -u fruit; sort -t' ' -k1,1 -k2,2nr fruit
section uniq; cut -d' ' -f1 fruit | sort | uniq -c; sort fruit | cut -c1 | uniq -d
section grep; grep -n a fruit; grep -c . fruit; grep -v a fruit; grep -i PEAR fruit; grep -o '[0-9]*' fruit
grep nothing fruit; echo "status $?"
section egrep; egrep '^(fig|pear)' fruit; fgrep '10' fruit
section sed; sed 's/a/A/g; 2d; $s/$/ end/' fruit; sed -n '2,3p' fruit; sed -e '/fig/i\' -e 'before' fruit
section awk; awk '{sum[$1] += $2} END {for (k in sum) print k, sum[k]}' fruit | sort
awk 'BEGIN {printf "%.6f %5.2e %s\n", 1 / 3, 12345.678, substr("abcdef", 2, 3)}'
awk '{for (i = NF; i > 0; i--) printf "%s ", $i; print ""}' fruit
section cut; cut -d' ' -f2 fruit; cut -c2-4 fruit; cut -f1,3 tabs
section tr; tr a-z A-Z < fruit; tr -d aeiou < fruit; echo aabbcc | tr -s ab; echo hi | tr h-i x
section tac; tac fruit
section rev; rev fruit
section nl; nl fruit; nl -ba -w3 tabs
section paste; paste fruit fruit; paste -s -d, fruit
section fold; seq -s' ' 1 40 | fold -w 20; seq -s' ' 1 40 | fold -s -w 20
section expand; expand tabs; expand -t4 tabs; unexpand -a tabs
section od; od -c tabs; od -An -tx1 fruit | head -n 2; od -t d2 -N 8 fruit
section hexdump; hexdump -C fruit; hexdump fruit | head -n 2
section xxd; xxd fruit; xxd -p fruit | xxd -r -p
section md5sum; md5sum numbers fruit; md5sum numbers | md5sum -c
section sha; sha1sum numbers; sha256sum numbers; sha512sum numbers; sha3sum numbers
section crc32; crc32 numbers
section base64; base64 fruit; base64 fruit | base64 -d | cmp - fruit; echo $?
section uuencode; uuencode fruit name > coded; cat coded; uudecode -o - coded | cmp - fruit; echo $?
section basename; basename /a/b/c.txt .txt; dirname /a/b/c.txt
section printf; printf '%5d|%-5s|%05.1f|%x|%o|%c|%%\n' 42 abc 3.14159 255 8 z; printf '\101\x42\n'
section echo; echo -n no newline; echo; echo -e 'a\tb\\c'
section expr; expr 6 \* 7; expr length hello; expr substr hello 2 3; expr abc : 'a\(.\)c'; expr 5 / 0; echo $?
section test; test -f fruit && echo file; test -d . && echo dir; [ 3 -gt 2 ] && echo more; test a = b; echo $?
section env; env -i A=1 B=2 env
section tee; echo both | tee copy1 copy2; cat copy1 copy2
section cp; mkdir d; cp fruit d/f; cp -r d e; cp -p d/f d/g; ls e d; cmp d/f e/f
section mv; mv e h; mv d/g h/; ls h; mv nothing here 2>&1; echo $?
section ln; ln fruit hard; ln -s fruit soft; readlink soft; cat soft | head -n 1; stat -c %h fruit; ln -sf tabs soft; readlink -f soft | sed 's,.*/,,'
section realpath; realpath d/../fruit | sed 's,.*/,,'
section rm; touch x y; rm x; rm -f x; rm x 2>&1; echo $?; ls x y 2>&1
section mkdir; mkdir -p a/b/c; mkdir a 2>&1; echo $?; rmdir a/b 2>&1; rmdir a/b/c; ls a/b
section touch; touch -d '2001-02-03 04:05:06' dated; TZ=UTC stat -c '%Y %s' dated; TZ=UTC ls -l dated | cut -c1-10
section ls; ls; ls -d d h; ls -1a d; ls -F | head -n 8; ls -r d h
section find; find . -name 'f*' | sort; find . -type d | sort; find d -type f -exec echo found {} \;; find . -newer dated -name fruit
section xargs; seq 10 | xargs -n 3 echo; seq 3 | xargs -I{} echo item {}; echo 'a b' | xargs -n1
section chmod; chmod 640 copy1; stat -c %a copy1; chmod u+x,o=r copy1; stat -c '%a %A' copy1; chmod -R go-rwx d; stat -c %a d d/f
section stat; stat -c '%F %n' fruit d soft; stat -c %s fruit soft
section dd; dd if=numbers bs=10 count=2 skip=1 2> /dev/null; dd if=/dev/zero bs=1k count=3 2> /dev/null | md5sum; echo abcdef | dd of=out bs=1 seek=2 count=3 2> /dev/null; od -c out
section truncate; truncate -s 5 copy2; wc -c copy2; truncate -s 3 copy2; od -c copy2
section shred; cp fruit gone; shred -u gone; ls gone 2>&1
section cmp; cmp fruit numbers; echo $?; cmp -s fruit fruit; echo $?
section diff; sed 's/fig/plum/' fruit > fruit2; diff fruit fruit2 | sed '/^[-+][-+]/d'; diff fruit fruit; echo $?
section patch; diff -u fruit fruit2 > p; cp fruit target; patch target p; cmp target fruit2; echo $?
section tar; tar cf t.tar fruit d h; tar tf t.tar | sort; mkdir out_; tar xf t.tar -C out_; find out_ | sort; cmp out_/fruit fruit; tar czf t.tgz d; tar tzf t.tgz
section gzip; gzip -k numbers; ls numbers*; zcat numbers.gz | md5sum; gunzip -c numbers.gz | cmp - numbers; echo $?
section bzip2; bzip2 -k numbers; bzcat numbers.bz2 | md5sum; bunzip2 -c numbers.bz2 | cmp - numbers; echo $?
section xz; printf '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj' | base64 -d | wc -c
section cpio; echo fruit | cpio -o -H newc 2> /dev/null | cpio -t 2> /dev/null
section ar; { printf '!<arch>\n%-16s%-12s%-6s%-6s%-8s%-10s`\n' fruit/ 0 0 0 100644 39; cat fruit; } > lib.a; ar t lib.a; ar p lib.a fruit | cmp - fruit; echo $?
section strings; printf 'ab\0long enough\0xyz\1another one\n' | strings
section factor; factor 97 360 1000000007
section bc; echo 'scale=20; 4*a(1); 2^100; 10/3' | bc -l; echo '5 3 * p' | dc
section date; TZ=UTC date -d @0; TZ=UTC date -d @1000000000 '+%Y-%m-%d %H:%M:%S %j %U %a'; date -u -D %Y%m%d -d 20240229 +%F
section cal; cal 2 2024; cal 9 1752
section "diff status"; sort fruit > s1; sort fruit2 > s2; diff s1 s2 > /dev/null; echo $?
section dos2unix; printf 'a\nb\n' > u; unix2dos u; od -c u; dos2unix u; od -c u
section ed; printf '1p\n2s/apple/APPLE/p\nw\nq\n' | ed fruit2
section which; which sed | sed 's,.*/bin/,bin/,'; which no-such-thing; echo $?
section yes; yes | head -n 3; yes word | head -n 2
section sleep; sleep 0; usleep 1000; echo slept
section timeout; timeout 5 echo in time; timeout -s KILL 1 sleep 100; echo $?
section setsid; setsid echo session; (trap '' TERM; sh -c 'kill -TERM $PPID' ; echo ignored)
section "chmod of a new file"; cat < fruit > new; chmod 755 new; stat -c %a new
section mktemp; f=$(mktemp ./tmp.XXXXXX); test -f "$f" && stat -c '%a %s' "$f"; rm "$f"
section mkfifo; mkfifo pipe; (seq 3 > pipe &); cat pipe; stat -c %F pipe
section pwd; cd d; pwd | sed 's,.*/,,'; cd ..; pwd -P | wc -l
section id; id -u > /dev/null && echo id; whoami > /dev/null && echo whoami
section true; true; echo $?; false; echo $?
section getopt; getopt ab:c -a -b value -c rest; getopt -o xy: -l long,arg: -- -x --arg v --long w
section run-parts; mkdir parts; printf '#!/bin/busybox sh\necho part one\n' > parts/10one; printf '#!/bin/busybox sh\necho part two\n' > parts/20two; chmod +x parts/*; run-parts ./parts
section time; time -f %x true 2>&1; time -f 'status %x' false 2>&1; echo $?
section busybox; w=$(busybox | head -n 1 | cut -d' ' -f1); echo "$w"
section more; awk 'NR % 50 == 0' numbers | tee quarter | wc -l; more quarter < /dev/null | cat; less quarter | head -n 2
section sh; sh -c 'for i in 1 2 3; do case $i in 2) continue;; esac; echo $i; done; echo "${0##*/}" "${HOME:-none}" | wc -w'
sh -c 'f() { local x=$1; echo $((x * x)); }; f 12; set -- a b c; shift; echo $# "$@"; x=abcabc; echo ${x%c} ${x#a} ${x%%b*} ${#x}'
sh -c 'trap "echo trapped" USR1; kill -USR1 $$; echo after; trap "echo bye" EXIT; exit 3'; echo $?
sh -c 'echo a | while read x; do echo "got $x"; done; read y << E
here
E
echo $y; sleep 0 & wait $!; echo $?; (exit 4); echo $?'
section jobs; sleep 100 & kill $!; wait $! 2> /dev/null; echo $?
