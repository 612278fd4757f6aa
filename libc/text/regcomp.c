// SPDX-License-Identifier: ISC
// regcomp: POSIX basic and extended regular expressions, with GNU's additions that scripts use
// (\| \+ \? in basic ones, \w \W \s \S \b \B \< \> and back-references in both).
//
// Characters are bytes. The pattern is parsed into a tree, and the tree written as instructions; a
// counted repetition writes its part as often as it says. What is parsed has its own error code of
// POSIX; the first error ends the parse.
#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "text/regex.h"

#define CODE_MAX  100000 // instructions; more is REG_ESPACE
#define DEPTH_MAX 250

enum kind { EMPTY, BYTES, SEQUENCE, ALTERNATIVE, REPEAT, GROUP, ASSERTION, BACK };

struct node {
    enum kind kind;
    int x, y;             // children; or set, group, operation
    int minimum, maximum; // of REPEAT; maximum -1: no end
};

struct parser {
    const char *at;
    int extended, flags, depth;
    int error;
    int groups, open_groups;
    struct node *nodes;
    int node_count, node_room;
    struct regex_program *program;
};

static int fail(struct parser *parser, int error)
{
    if (parser->error == 0)
        parser->error = error;
    return 0;
}

static int new_node(struct parser *parser, enum kind kind, int x, int y)
{
    if (parser->node_count == parser->node_room) {
        int room = parser->node_room * 2 + 16;
        struct node *larger = realloc(parser->nodes, (size_t)room * sizeof(*larger));
        if (larger == NULL)
            return fail(parser, REG_ESPACE);
        parser->nodes = larger;
        parser->node_room = room;
    }
    parser->nodes[parser->node_count] = (struct node){.kind = kind, .x = x, .y = y};
    return parser->node_count++;
}

static int new_set(struct parser *parser, const struct byte_set *set)
{
    struct regex_program *program = parser->program;
    struct byte_set *larger =
        realloc(program->sets, (size_t)(program->set_count + 1) * sizeof(*larger));
    if (larger == NULL)
        return fail(parser, REG_ESPACE);
    program->sets = larger;
    program->sets[program->set_count] = *set;
    return new_node(parser, BYTES, program->set_count++, 0);
}

static void set_fold(struct byte_set *set)
{
    for (int c = 'a'; c <= 'z'; c++) {
        int upper = toupper(c);
        if (byte_set_has(set, (unsigned char)c) || byte_set_has(set, (unsigned char)upper)) {
            byte_set_add(set, (unsigned char)c);
            byte_set_add(set, (unsigned char)upper);
        }
    }
}

static void set_invert(struct byte_set *set)
{
    for (int i = 0; i < 4; i++)
        set->bits[i] = ~set->bits[i];
}

static int literal(struct parser *parser, char c)
{
    struct byte_set set = {{0}};
    byte_set_add(&set, (unsigned char)c);
    if (parser->flags & REG_ICASE)
        set_fold(&set);
    return new_set(parser, &set);
}

static int any_byte(struct parser *parser)
{
    struct byte_set set = {{0}};
    if (parser->flags & REG_NEWLINE)
        byte_set_add(&set, '\n');
    byte_set_add(&set, '\0');
    set_invert(&set);
    return new_set(parser, &set);
}

static void set_add_class(struct byte_set *set, int (*has)(int))
{
    for (int c = 0; c < 256; c++)
        if (has(c))
            byte_set_add(set, (unsigned char)c);
}

static int is_word(int c)
{
    return isalnum(c) || c == '_';
}

// \w and \s, and their opposites in capitals.
static int class_escape(struct parser *parser, char c)
{
    struct byte_set set = {{0}};
    set_add_class(&set, tolower(c) == 'w' ? is_word : isspace);
    if (isupper((unsigned char)c))
        set_invert(&set);
    return new_set(parser, &set);
}

static int add_named_class(struct byte_set *set, const char *name, size_t length)
{
    static const struct {
        const char *name;
        int (*has)(int);
    } classes[] = {
        {"alnum", isalnum}, {"alpha", isalpha}, {"blank", isblank}, {"cntrl", iscntrl},
        {"digit", isdigit}, {"graph", isgraph}, {"lower", islower}, {"print", isprint},
        {"punct", ispunct}, {"space", isspace}, {"upper", isupper}, {"xdigit", isxdigit},
    };
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
        if (strlen(classes[i].name) == length && memcmp(classes[i].name, name, length) == 0) {
            set_add_class(set, classes[i].has);
            return 1;
        }
    return 0;
}

// One end of a range: a byte, [.x.] or [=x=].
static int bracket_byte(struct parser *parser, unsigned char *byte)
{
    const char *at = parser->at;
    if (*at == '\0')
        return fail(parser, REG_EBRACK);
    if (*at == '[' && (at[1] == '.' || at[1] == '=')) {
        if (at[2] == '\0' || at[3] != at[1] || at[4] != ']')
            return fail(parser, REG_ECOLLATE);
        *byte = (unsigned char)at[2];
        parser->at += 5;
        return 1;
    }
    *byte = (unsigned char)*at;
    parser->at++;
    return 1;
}

static int bracket_item(struct parser *parser, struct byte_set *set)
{
    unsigned char low, high;
    if (parser->at[0] == '[' && parser->at[1] == ':') {
        const char *name = parser->at + 2, *end = strstr(name, ":]");
        if (end == NULL)
            return fail(parser, REG_EBRACK);
        if (!add_named_class(set, name, (size_t)(end - name)))
            return fail(parser, REG_ECTYPE);
        parser->at = end + 2;
        return 1;
    }
    if (!bracket_byte(parser, &low))
        return 0;
    high = low;
    if (parser->at[0] == '-' && parser->at[1] != ']' && parser->at[1] != '\0') {
        parser->at++;
        if (!bracket_byte(parser, &high))
            return 0;
        if (low > high)
            return fail(parser, REG_ERANGE);
    }
    for (int c = low; c <= high; c++)
        byte_set_add(set, (unsigned char)c);
    return 1;
}

// Behind the [. A ] that comes first is a member.
static int bracket(struct parser *parser)
{
    struct byte_set set = {{0}};
    int invert = *parser->at == '^';
    parser->at += invert;
    do
        if (!bracket_item(parser, &set))
            return 0;
    while (*parser->at != ']' && *parser->at != '\0');
    if (*parser->at++ != ']')
        return fail(parser, REG_EBRACK);
    if (parser->flags & REG_ICASE)
        set_fold(&set);
    if (invert) {
        if (parser->flags & REG_NEWLINE)
            byte_set_add(&set, '\n');
        byte_set_add(&set, '\0');
        set_invert(&set);
    }
    return new_set(parser, &set);
}

static int alternatives(struct parser *parser);

static int group(struct parser *parser)
{
    int number = ++parser->groups;
    if (++parser->depth > DEPTH_MAX)
        return fail(parser, REG_ESPACE);
    parser->open_groups++;
    int inside = alternatives(parser);
    if (parser->error != 0)
        return 0;
    int closed = parser->extended ? *parser->at == ')' : strncmp(parser->at, "\\)", 2) == 0;
    if (!closed)
        return fail(parser, REG_EPAREN);
    parser->at += parser->extended ? 1 : 2;
    parser->open_groups--;
    parser->depth--;
    return new_node(parser, GROUP, inside, number);
}

static int assertion(struct parser *parser, enum operation op)
{
    return new_node(parser, ASSERTION, (int)op, 0);
}

// Behind a backslash, for what is the same in basic and extended expressions.
static int escape(struct parser *parser)
{
    char c = *parser->at;
    if (c == '\0')
        return fail(parser, REG_EESCAPE);
    parser->at++;
    switch (c) {
    case 'w':
    case 'W':
    case 's':
    case 'S':
        return class_escape(parser, c);
    case 'b':
        return assertion(parser, OP_WORD_EDGE);
    case 'B':
        return assertion(parser, OP_WORD_INNER);
    case '<':
        return assertion(parser, OP_WORD_START);
    case '>':
        return assertion(parser, OP_WORD_END);
    case '`':
        return assertion(parser, OP_TEXT_START);
    case '\'':
        return assertion(parser, OP_TEXT_END);
    }
    if (c >= '1' && c <= '9') {
        if (c - '0' > parser->groups - parser->open_groups && c - '0' > parser->groups)
            return fail(parser, REG_ESUBREG);
        parser->program->back_references = 1;
        return new_node(parser, BACK, c - '0', 0);
    }
    return literal(parser, c);
}

// Whether an operator that is `c` in extended and \c in basic expressions stands here.
static int at_operator(const struct parser *parser, char c)
{
    if (parser->extended)
        return *parser->at == c;
    return parser->at[0] == '\\' && parser->at[1] == c;
}

static int at_end(const struct parser *parser)
{
    return *parser->at == '\0' || at_operator(parser, '|') ||
           (at_operator(parser, ')') && (parser->open_groups > 0 || !parser->extended));
}

// One atom. `first`: at the beginning of a branch, where a basic expression takes * as itself and
// ^ as an anchor.
static int atom(struct parser *parser, int first)
{
    char c = *parser->at++;
    if (parser->extended) {
        switch (c) {
        case '(':
            return group(parser);
        case '^':
            return assertion(parser, OP_LINE_START);
        case '$':
            return assertion(parser, OP_LINE_END);
        case '*':
        case '+':
        case '?':
            return first ? literal(parser, c) : fail(parser, REG_BADRPT);
        }
    } else {
        if (c == '\\' && *parser->at == '(') {
            parser->at++;
            return group(parser);
        }
        if (c == '\\' && *parser->at == '{')
            return fail(parser, REG_BADRPT);
        if (c == '^' && first)
            return assertion(parser, OP_LINE_START);
        if (c == '$' && at_end(parser))
            return assertion(parser, OP_LINE_END);
    }
    if (c == '.')
        return any_byte(parser);
    if (c == '[')
        return bracket(parser);
    if (c == '\\')
        return escape(parser);
    return literal(parser, c);
}

static int interval_number(const char **at)
{
    int value = 0;
    if (!isdigit((unsigned char)**at))
        return -1;
    for (; isdigit((unsigned char)**at); (*at)++)
        value = value > RE_DUP_MAX ? value : value * 10 + (**at - '0');
    return value;
}

// {m}, {m,}, {m,n} or {,n} behind the brace. In an extended expression braces that are no interval
// stand for themselves: returns 0 and leaves the place.
static int interval(struct parser *parser, int *minimum, int *maximum)
{
    const char *at = parser->at;
    *minimum = *maximum = interval_number(&at);
    int comma = *at == ',';
    if (comma) {
        at++;
        *maximum = interval_number(&at);
    }
    if (*minimum < 0 && comma && *maximum >= 0)
        *minimum = 0;
    const char *close = parser->extended ? "}" : "\\}";
    if (*minimum < 0 || strncmp(at, close, strlen(close)) != 0) {
        if (parser->extended)
            return 0;
        return fail(parser, *at == '\0' ? REG_EBRACE : REG_BADBR);
    }
    if (*minimum > RE_DUP_MAX || *maximum > RE_DUP_MAX || (*maximum >= 0 && *minimum > *maximum))
        return fail(parser, REG_BADBR);
    parser->at = at + strlen(close);
    return 1;
}

// The repetition at this place, if there is one.
static int repetition(struct parser *parser, int *minimum, int *maximum)
{
    int width = parser->extended ? 1 : 2;
    *minimum = 0;
    *maximum = -1;
    if (*parser->at == '*') {
        parser->at++;
        return 1;
    }
    if (at_operator(parser, '+')) {
        parser->at += width;
        *minimum = 1;
        return 1;
    }
    if (at_operator(parser, '?')) {
        parser->at += width;
        *maximum = 1;
        return 1;
    }
    if (!at_operator(parser, '{'))
        return 0;
    parser->at += width;
    if (interval(parser, minimum, maximum))
        return 1;
    parser->at -= width;
    return 0;
}

static int repeated_atom(struct parser *parser, int first)
{
    int minimum, maximum, node = atom(parser, first);
    int anchor = parser->error == 0 && parser->nodes[node].kind == ASSERTION && !parser->extended &&
                 parser->nodes[node].x == OP_LINE_START;
    if (anchor) // in a basic expression ^* is an anchor and a star
        return node;
    while (parser->error == 0 && repetition(parser, &minimum, &maximum)) {
        node = new_node(parser, REPEAT, node, 0);
        parser->nodes[node].minimum = minimum;
        parser->nodes[node].maximum = maximum;
    }
    return node;
}

static int branch(struct parser *parser)
{
    int result = new_node(parser, EMPTY, 0, 0), first = 1;
    while (parser->error == 0 && !at_end(parser)) {
        int node = repeated_atom(parser, first);
        if (parser->error != 0)
            return 0;
        first = first && parser->nodes[node].kind == ASSERTION;
        result =
            parser->nodes[result].kind == EMPTY ? node : new_node(parser, SEQUENCE, result, node);
    }
    return result;
}

static int alternatives(struct parser *parser)
{
    int result = branch(parser);
    while (parser->error == 0 && at_operator(parser, '|')) {
        parser->at += parser->extended ? 1 : 2;
        int other = branch(parser);
        result = new_node(parser, ALTERNATIVE, result, other);
    }
    return result;
}

// --- writing the instructions ----------------------------------------------------------------

static int emit(struct parser *parser, enum operation op, int x, int y)
{
    struct regex_program *program = parser->program;
    if (program->count == program->room) {
        int room = program->room * 2 + 32;
        struct instruction *larger =
            room > CODE_MAX ? NULL : realloc(program->code, (size_t)room * sizeof(*larger));
        if (larger == NULL)
            return fail(parser, REG_ESPACE);
        program->code = larger;
        program->room = room;
    }
    program->code[program->count] = (struct instruction){op, x, y};
    return program->count++;
}

static void emit_node(struct parser *parser, int number);

static int here(const struct parser *parser)
{
    return parser->program->count;
}

// x* is: again: SPLIT in, out; in: MARK; x; PROGRESS; JUMP again; out:
static void emit_star(struct parser *parser, int child)
{
    int mark = parser->program->marks++;
    int split = emit(parser, OP_SPLIT, here(parser) + 1, 0);
    emit(parser, OP_MARK, mark, 0);
    emit_node(parser, child);
    emit(parser, OP_PROGRESS, mark, 0);
    emit(parser, OP_JUMP, split, 0);
    if (parser->error == 0)
        parser->program->code[split].y = here(parser);
}

static void emit_repeat(struct parser *parser, struct node node)
{
    for (int i = 0; i < node.minimum && parser->error == 0; i++)
        emit_node(parser, node.x);
    if (node.maximum < 0) {
        emit_star(parser, node.x);
        return;
    }
    // Each further one is optional and nested in the one before.
    int optional = node.maximum - node.minimum, splits[RE_DUP_MAX + 1];
    for (int i = 0; i < optional && parser->error == 0; i++) {
        splits[i] = emit(parser, OP_SPLIT, here(parser) + 1, 0);
        emit_node(parser, node.x);
    }
    for (int i = 0; i < optional && parser->error == 0; i++)
        parser->program->code[splits[i]].y = here(parser);
}

static void emit_alternative(struct parser *parser, struct node node)
{
    int split = emit(parser, OP_SPLIT, here(parser) + 1, 0);
    emit_node(parser, node.x);
    int jump = emit(parser, OP_JUMP, 0, 0);
    int second = here(parser);
    emit_node(parser, node.y);
    if (parser->error == 0) {
        parser->program->code[split].y = second;
        parser->program->code[jump].x = here(parser);
    }
}

static void emit_node(struct parser *parser, int number)
{
    if (parser->error != 0)
        return;
    struct node node = parser->nodes[number];
    switch (node.kind) {
    case EMPTY:
        break;
    case BYTES:
        emit(parser, OP_SET, node.x, 0);
        break;
    case SEQUENCE:
        emit_node(parser, node.x);
        emit_node(parser, node.y);
        break;
    case ALTERNATIVE:
        emit_alternative(parser, node);
        break;
    case REPEAT:
        emit_repeat(parser, node);
        break;
    case GROUP:
        emit(parser, OP_SAVE, 2 * node.y, 0);
        emit_node(parser, node.x);
        emit(parser, OP_SAVE, 2 * node.y + 1, 0);
        break;
    case ASSERTION:
        emit(parser, (enum operation)node.x, 0, 0);
        break;
    case BACK:
        emit(parser, OP_BACK, node.x, 0);
        break;
    }
}

// Which bytes a match can begin with: everything that is reached without taking a byte.
static void find_first(struct regex_program *program, int at, char *seen)
{
    while (!seen[at]) {
        seen[at] = 1;
        struct instruction code = program->code[at];
        switch (code.op) {
        case OP_SET:
            for (int i = 0; i < 4; i++)
                program->first.bits[i] |= program->sets[code.x].bits[i];
            return;
        case OP_BACK:
        case OP_MATCH:
            program->any_first = 1;
            return;
        case OP_SPLIT:
            find_first(program, code.y, seen);
            at = code.x;
            break;
        case OP_JUMP:
            at = code.x;
            break;
        default:
            at++;
        }
    }
}

static void release(struct regex_program *program)
{
    if (program != NULL) {
        free(program->code);
        free(program->sets);
        free(program);
    }
}

static int compile(struct parser *parser, const char *pattern)
{
    parser->at = pattern;
    if (new_node(parser, EMPTY, 0, 0) != 0 || parser->error != 0)
        return parser->error;
    int tree = alternatives(parser);
    if (parser->error == 0 && *parser->at != '\0')
        fail(parser, REG_EPAREN);
    emit(parser, OP_SAVE, 0, 0);
    emit_node(parser, tree);
    emit(parser, OP_SAVE, 1, 0);
    emit(parser, OP_MATCH, 0, 0);
    if (parser->error != 0)
        return parser->error;
    char *seen = calloc(1, (size_t)parser->program->count);
    if (seen == NULL)
        return REG_ESPACE;
    find_first(parser->program, 0, seen);
    free(seen);
    return 0;
}

int regcomp(regex_t *restrict regex, const char *restrict pattern, int flags)
{
    struct parser parser = {.extended = flags & REG_EXTENDED, .flags = flags};
    parser.program = calloc(1, sizeof(*parser.program));
    regex->program = NULL;
    if (parser.program == NULL)
        return REG_ESPACE;
    parser.program->flags = flags;
    int error = compile(&parser, pattern);
    free(parser.nodes);
    if (error != 0) {
        release(parser.program);
        return error;
    }
    regex->program = parser.program;
    regex->re_nsub = (size_t)parser.groups;
    return 0;
}

void regfree(regex_t *regex)
{
    release(regex->program);
    regex->program = NULL;
}

size_t regerror(int error, const regex_t *restrict regex, char *restrict text, size_t size)
{
    static const char *const texts[] = {
        "Success",
        "No match",
        "Invalid regular expression",
        "Invalid collation character",
        "Invalid character class name",
        "Trailing backslash",
        "Invalid back reference",
        "Unmatched [, [^, [:, [., or [=",
        "Unmatched ( or \\(",
        "Unmatched \\{",
        "Invalid content of \\{\\}",
        "Invalid range end",
        "Memory exhausted",
        "Invalid preceding regular expression",
    };
    (void)regex;
    int known = error >= 0 && (size_t)error < sizeof(texts) / sizeof(texts[0]);
    return strlcpy(text, known ? texts[error] : "Unknown error", size) + 1;
}
