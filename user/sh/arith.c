// SPDX-License-Identifier: ISC
//
// Arithmetic expansion: C's integer expressions over long, with variables and assignment.
// Operators are parsed by precedence climbing. A part that is not to be evaluated (behind a
// decided && || ?:) is parsed with `skip` set, so that it assigns nothing and cannot divide by 0.
// Source: POSIX.1-2017, Shell Command Language, section 2.6.4.

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expand.h"
#include "sh.h"
#include "vars.h"

struct arith {
    const char *text, *next;
    int skip;
};

static long parse_assignment(struct arith *a);

static _Noreturn void arith_fail(struct arith *a, const char *what)
{
    sh_fail(2, "arithmetic expression: %s: \"%s\"", what, a->text);
}

static void skip_space(struct arith *a)
{
    while (isspace((unsigned char)*a->next))
        a->next++;
}

static bool accept(struct arith *a, const char *operator)
{
    skip_space(a);
    size_t length = strlen(operator);
    if (strncmp(a->next, operator, length) != 0)
        return false;
    a->next += length;
    return true;
}

static const char *take_name(struct arith *a)
{
    skip_space(a);
    const char *p = a->next;
    if (!isalpha((unsigned char)*p) && *p != '_')
        return NULL;
    while (isalnum((unsigned char)*p) || *p == '_')
        p++;
    const char *name = arena_strndup(&temp, a->next, (size_t)(p - a->next));
    a->next = p;
    return name;
}

static long number_of(struct arith *a, const char *text, char **end)
{
    errno = 0;
    long value = strtol(text, end, 0);
    if (errno == ERANGE)
        value = (long)strtoul(text, end, 0);
    if (*end == text)
        arith_fail(a, "expecting primary");
    return value;
}

static long variable_value(struct arith *a, const char *name)
{
    const char *text = var_get(name);
    if (!text && sh.options[OPT_NOUNSET] && !a->skip)
        sh_fail(2, "%s: parameter not set", name);
    if (!text || !*text)
        return 0;
    char *end;
    errno = 0;
    long value = strtol(text, &end, 0);
    while (isspace((unsigned char)*end))
        end++;
    if (*end && !a->skip)
        sh_fail(2, "Illegal number: %s", text);
    return value;
}

static long store(struct arith *a, const char *name, long value)
{
    char text[24];
    snprintf(text, sizeof text, "%ld", value);
    if (!a->skip)
        var_set(name, text);
    return value;
}

// ++x and --x, where a name follows; else NULL and nothing is taken.
static const char *take_increment(struct arith *a, const char *operator)
{
    const char *before = a->next;
    if (accept(a, operator)) {
        const char *name = take_name(a);
        if (name)
            return name;
    }
    a->next = before;
    return NULL;
}

static long parse_primary(struct arith *a)
{
    const char *name;
    if (accept(a, "(")) {
        long value = parse_assignment(a);
        if (!accept(a, ")"))
            arith_fail(a, "expecting ')'");
        return value;
    }
    if ((name = take_name(a))) {
        long value = variable_value(a, name);
        if (accept(a, "++"))
            store(a, name, (long)((unsigned long)value + 1));
        else if (accept(a, "--"))
            store(a, name, (long)((unsigned long)value - 1));
        return value;
    }
    char *end;
    long value = number_of(a, a->next, &end);
    a->next = end;
    if (isalnum((unsigned char)*end) || *end == '_')
        arith_fail(a, "expecting EOF");
    return value;
}

static long parse_unary(struct arith *a)
{
    const char *name;
    if ((name = take_increment(a, "++")))
        return store(a, name, (long)((unsigned long)variable_value(a, name) + 1));
    if ((name = take_increment(a, "--")))
        return store(a, name, (long)((unsigned long)variable_value(a, name) - 1));
    skip_space(a);
    switch (*a->next) {
    case '!':
        a->next++;
        return !parse_unary(a);
    case '~':
        a->next++;
        return ~parse_unary(a);
    case '-':
        a->next++;
        return (long)(0UL - (unsigned long)parse_unary(a));
    case '+':
        a->next++;
        return parse_unary(a);
    case '0' ... '9':
        return parse_primary(a);
    default:
        if (!*a->next || (!strchr("(_", *a->next) && !isalpha((unsigned char)*a->next)))
            arith_fail(a, "expecting primary");
        return parse_primary(a);
    }
}

// The binary operators. Longer ones come first, so that < does not take the start of <<.
static const struct binary {
    const char *text;
    int level;
} binaries[] = {
    {"||", 1}, {"&&", 2}, {"==", 6}, {"!=", 6}, {"<<", 8}, {">>", 8},
    {"<=", 7}, {">=", 7}, {"|", 3},  {"^", 4},  {"&", 5},  {"<", 7},
    {">", 7},  {"+", 9},  {"-", 9},  {"*", 10}, {"/", 10}, {"%", 10},
};

static bool is_assignment(const char *operator, size_t length)
{
    return operator[length] == '=' && strchr("|^&<>+-*/%", *operator) &&
           !(length == 1 && (*operator== '<' || * operator== '>'));
}

// The operator at the front, if it binds at least as tightly as `level`. Not an assignment.
static const struct binary *peek_binary(struct arith *a, int level)
{
    skip_space(a);
    for (size_t i = 0; i < sizeof binaries / sizeof *binaries; i++) {
        size_t length = strlen(binaries[i].text);
        if (strncmp(a->next, binaries[i].text, length) != 0)
            continue;
        bool compares = binaries[i].level == 6 || (binaries[i].level == 7 && length == 2);
        if (!compares && binaries[i].level > 2 && is_assignment(a->next, length))
            return NULL;
        return binaries[i].level >= level ? &binaries[i] : NULL;
    }
    return NULL;
}

static long divide(struct arith *a, char operator, long x, long y)
{
    if (y == 0) {
        if (!a->skip)
            arith_fail(a, "division by zero");
        return 0;
    }
    if (y == -1)
        return operator== '/' ? (long)(0UL - (unsigned long)x) : 0;
    return operator== '/' ? x / y : x % y;
}

// Overflow wraps, as in two's complement.
static long apply(struct arith *a, const char *operator, long x, long y)
{
    unsigned long ux = (unsigned long)x, uy = (unsigned long)y;
    switch (*operator) {
    case '|':
        return x | y;
    case '^':
        return x ^ y;
    case '&':
        return x & y;
    case '=':
        return x == y;
    case '!':
        return x != y;
    case '<':
        return operator[1] == '<' ? (long)(ux << (uy & 63)) : operator[1] == '=' ? x <= y : x<y;
    case '>':
        return operator[1] == '>' ? x >> (uy & 63) : operator[1] == '=' ? x >= y : x> y;
    case '+':
        return (long)(ux + uy);
    case '-':
        return (long)(ux - uy);
    case '*':
        return (long)(ux * uy);
    default:
        return divide(a, *operator, x, y);
    }
}

static long parse_binary(struct arith *a, int level)
{
    long left = parse_unary(a);
    const struct binary *operator;
    while ((operator= peek_binary(a, level))) {
        a->next += strlen(operator->text);
        bool logical = operator->level <= 2;
        bool decided = logical && (operator->level == 1 ? left != 0 : left == 0);
        a->skip += decided;
        long right = parse_binary(a, operator->level + 1);
        a->skip -= decided;
        if (logical)
            left = operator->level == 1 ? left || right : left && right;
        else
            left = apply(a, operator->text, left, right);
    }
    return left;
}

static long parse_conditional(struct arith *a)
{
    long test = parse_binary(a, 1);
    if (!accept(a, "?"))
        return test;
    a->skip += !test;
    long yes = parse_assignment(a);
    a->skip -= !test;
    if (!accept(a, ":"))
        arith_fail(a, "expecting ':'");
    a->skip += !!test;
    long no = parse_conditional(a);
    a->skip -= !!test;
    return test ? yes : no;
}

// The operator of `op=` at the front; "=" alone gives "". NULL where there is no assignment.
static const char *take_assignment_operator(struct arith *a)
{
    static const char *const operators[] = {"<<", ">>", "|", "^", "&", "+", "-", "*", "/", "%"};
    skip_space(a);
    if (a->next[0] == '=' && a->next[1] != '=') {
        a->next++;
        return "";
    }
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        size_t length = strlen(operators[i]);
        if (strncmp(a->next, operators[i], length) == 0 && a->next[length] == '=') {
            a->next += length + 1;
            return operators[i];
        }
    }
    return NULL;
}

static long parse_assignment(struct arith *a)
{
    const char *before = a->next;
    const char *name = take_name(a);
    const char *operator= name ? take_assignment_operator(a) : NULL;
    if (!operator) {
        a->next = before;
        return parse_conditional(a);
    }
    long value = parse_assignment(a);
    if (*operator)
        value = apply(a, operator, variable_value(a, name), value);
    return store(a, name, value);
}

long arith_evaluate(const char *expression)
{
    struct arith a = {.text = expression, .next = expression};
    skip_space(&a);
    if (!*a.next)
        return 0;
    long value = parse_assignment(&a);
    skip_space(&a);
    if (*a.next)
        arith_fail(&a, "expecting EOF");
    return value;
}
