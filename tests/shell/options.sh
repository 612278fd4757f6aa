# set -e -u -x -f -a -n, $-, set -o.
sh -ec 'echo a; false; echo b'; echo $?; sh -ec 'false || true; echo c; if false; then :; fi; ! true; echo d'
sh -ec 'f() { false; echo in; }; f || echo tested; f; echo no'; echo $?; sh -ec '(false; echo no); echo no'; echo $?
sh -ec 'false | true; echo pipe; true | false; echo no'; echo $?; sh -ec 'x=$(false); echo no'; echo $?
sh -ec 'while false; do :; done; echo e; false && true; echo f'; sh -ec '{ false; echo no; }; echo no'; echo $?
sh -ec 'eval false; echo no'; echo $?; sh -ec 'set +e; false; echo g'; sh -c 'set -e; false; echo no'; echo $?
sh -ec 'f() { false; }; if f; then :; else echo h; fi; f && :; echo i'; sh -ec 'case x in x) false;; esac; echo no'; echo $?
sh -uc 'echo $nope; echo no' 2>/dev/null; echo $?; sh -uc 'echo ${nope-ok} ${nope:-ok} ${nope+x}; echo "$@" $*; echo $#'
sh -uc 'echo $1' 2>/dev/null; echo $?; sh -uc 'x=; echo "<$x>"'
sh -xc 'echo a "b c"; x=1; y=$x; [ $x = 1 ] && echo t; for i in 1 2; do :; done' 2>&1
PS4='> ' sh -xc 'echo ps4' 2>&1; sh -fc 'echo *'; sh -c 'set -f; echo /*; set +f' | wc -w | tr -d ' '
sh -c 'set -a; v=exported; sh -c "echo \$v"'; sh -c 'v=not; sh -c "echo \${v-unset}"'
sh -nc 'echo never'; echo $?; sh -c 'set -n; echo never'; echo $?
sh -c 'set -o errexit; false; echo no'; echo $?; sh -o nounset -c 'echo $nope' 2>/dev/null; echo $?
sh -c 'set -eu; case $- in *e*u*|*u*e*) echo both;; esac; set +e; case $- in *e*) ;; *) echo noe;; esac'
sh -c 'set -- a b; set -e; echo $# $1; set -- -e; echo $1; set +x -f q; echo $*'
sh -vc 'echo v' 2>/dev/null; printf 'echo one\necho two\n' | sh -v 2>&1
sh -ec 'trap "echo trapped" EXIT; false'; echo $?; sh -ec '! false; echo j; false; echo no' ; echo $?
sh -c 'set -e; (exit 3) || echo k; (exit 3); echo no'; echo $?; sh -ec 'until true; do :; done; echo l'
sh -ec 'true && (false || true); echo m; { true; false; } || echo n'; sh -ec 'f() { return 3; }; f; echo no'; echo $?
