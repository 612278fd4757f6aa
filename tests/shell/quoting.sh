# Quotes, backslashes, joined lines, comments.
p() { for i; do printf '<%s>' "$i"; done; echo; }
p a 'b c' "d e" f\ g
p "" '' a""b "a"'b'c
p 'a\nb' "a\$b\`c\"d\\e\f" a\\b
p "it's" 'say "hi"' "nested \"quotes\""
p a\
b "c\
d" 'e\
f'
x='a   b'
p $x "$x" '$x' \$x "\$x" a$x"b"
p # comment
p a#b "#" \#
p "a'b" 'a"b' "$(echo "in 'side'")" "`echo "x y"`"
p ~+x a~ "~" \~
p $ "$" a$ "a$" $'' 2>/dev/null | head -c 0
p "multi
line" 'and
this'
p \
 continued \
 words
p "$(printf 'a\n\n\n')" "$(printf 'a\nb')"
p *nothing* "*" \* '?' [z]zz
echo a;echo b;   echo c
p "${x}" "${x}y" "${x#a}"
p '' | cat
p "a\\" "b"
p "\a\b\1" '\a'
