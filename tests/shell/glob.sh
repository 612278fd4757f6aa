# Path name expansion and patterns.
d=$(mktemp -d) && cd "$d" || exit 1
touch a.c b.c ab.c .hidden 'sp ace' 'st*r' x1 x2 x10 '[b]' UP
mkdir -p sub/deep sub2; touch sub/f.c sub/deep/g.c sub2/f.c
echo *.c; echo ?.c; echo [ab].c; echo [!a].c; echo *; echo .h*; echo .*den
echo sub*/; echo */f.c; echo */*/*; echo s*/*.c; echo "$PWD"/x? | sed "s|$PWD|D|g"
echo x[0-9]; echo x[0-9]*; echo x[[:digit:]]; echo [[:upper:]]*
echo no*match 'a*' "a*" a\*; echo st\**; echo "st*"r; echo st'*'*
echo [b]; echo '[b]'; echo [[]b]; echo [a; echo a]
x='*.c'; echo $x; echo "$x"; for f in $x; do echo "f=$f"; done
set -f; echo *.c; set +f; echo ./*.c; echo ./sub/../a.*
echo sub//f.c sub//*.c
for f in *; do echo "[$f]"; done
case a.c in *.c) echo c;; *) echo other;; esac
case 'a*b' in 'a*b') echo lit;; esac
case axb in 'a*b') echo wrong;; a*b) echo star;; esac
case abc in a?c) echo q;; esac
case '' in '') echo empty;; esac
case b in [a-c]) echo range;; esac
case - in [a-]) echo dash;; esac
case ']' in []]) echo bracket;; esac
case x in [!a-c]) echo not;; esac
case '\' in '\') echo back;; esac
case ab in a"b") echo quoted;; esac
v='a*'; case abc in $v) echo var;; esac; case abc in "$v") echo no;; *) echo quotedvar;; esac
case 'a
b' in a?b) echo newline;; esac
case abcabc in *c*c) echo twice;; esac
case word in a|b|word) echo alt;; esac
case word in (word) echo paren;; esac
case x in y) echo y;; esac; echo $?
case x in x) false;; esac; echo $?
case x in x) ;; esac; echo $?
mkdir e; cd e; echo *; echo .*; echo ? | cat; cd ..
cd /; rm -rf "$d"
