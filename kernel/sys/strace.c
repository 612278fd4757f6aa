// SPDX-License-Identifier: ISC
/*
 * Tracing of system calls (kernel word strace=1): one line a call on the log,
 *
 *     strace: [12] openat(AT_FDCWD, "/etc/rc", O_RDONLY) = -1 ENOENT
 *
 * An argument is shown by its word in calls.h. Those that the call reads are shown as they were
 * before it; from the first one that the call fills on (fill, status, pair, name), after it. A call
 * that does not come back (exit) is logged before it runs. When the word is not given nothing here
 * is called: the entry code goes straight to the table.
 */
#include "sys/sys.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/syscall.h"
#include "abi/types.h"
#include "abi/wait.h"
#include "lib/log.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "sched/thread.h"
#include "sys/names.h"
#include "task/process.h"
#include "x86/uaccess.h"

#define SHOWN_BYTES 32 // of a string or buffer

struct line {
    char text[400];
    size_t len;
};

struct call {
    uint64_t arg[6];
    long result;
    struct line line;
};

#define put(l, ...) ((l)->len = sappendf((l)->text, sizeof((l)->text), (l)->len, __VA_ARGS__))

/* Bytes of user memory in quotes; `more` says that the string goes on. */
static void put_quoted(struct line *l, const char *bytes, size_t n, bool more)
{
    static const char escapes[] = "\nn\tt\rr\\\\\"\"";

    put(l, "\"");
    for (size_t i = 0; i < n; i++) {
        unsigned char c = bytes[i];
        const char *e = escapes;
        while (*e && (unsigned char)*e != c)
            e += 2;
        if (*e)
            put(l, "\\%c", e[1]);
        else if (c < 0x20 || c == 0x7f)
            put(l, "\\%o", c);
        else
            put(l, "%c", c);
    }
    put(l, more ? "\"..." : "\"");
}

static void put_bytes(struct line *l, uaddr_t at, size_t n)
{
    char bytes[SHOWN_BYTES];
    size_t shown = MIN(n, sizeof(bytes));

    if (copy_from_user(bytes, at, shown) < 0)
        put(l, "%#lx", at);
    else
        put_quoted(l, bytes, shown, shown < n);
}

/* A string that ends with 0: names are shown in full, up to a good length. */
static void put_string(struct line *l, uaddr_t at)
{
    char text[160];
    ssize_t n = at ? string_from_user(text, at, sizeof(text)) : -EFAULT;

    if (n == -ENAMETOOLONG)
        put_bytes(l, at, sizeof(text));
    else if (n < 0)
        put(l, at ? "%#lx" : "NULL", at);
    else
        put_quoted(l, text, n, false);
}

static void put_flags(struct line *l, const struct flag_name *name, uint32_t value)
{
    bool any = false;

    for (; name->mask; name++) {
        if ((value & name->mask) != name->value)
            continue;
        put(l, any ? "|%s" : "%s", name->name);
        any = true;
        value &= ~name->mask;
    }
    if (value || !any)
        put(l, any ? "|%#x" : value ? "%#x" : "%u", value);
}

static void show_fd(struct line *l, const struct call *c, unsigned i)
{
    put(l, "%d", (int)c->arg[i]);
}

static void show_dirfd(struct line *l, const struct call *c, unsigned i)
{
    if ((int)c->arg[i] == AT_FDCWD)
        put(l, "AT_FDCWD");
    else
        show_fd(l, c, i);
}

static void show_uint(struct line *l, const struct call *c, unsigned i)
{
    put(l, "%u", (unsigned)c->arg[i]);
}

static void show_size(struct line *l, const struct call *c, unsigned i)
{
    put(l, "%lu", c->arg[i]);
}

static void show_off(struct line *l, const struct call *c, unsigned i)
{
    put(l, "%ld", (long)c->arg[i]);
}

static void show_hex(struct line *l, const struct call *c, unsigned i)
{
    put(l, c->arg[i] ? "0x%lx" : "%lx", c->arg[i]);
}

static void show_ptr(struct line *l, const struct call *c, unsigned i)
{
    if (c->arg[i])
        show_hex(l, c, i);
    else
        put(l, "NULL");
}

static void show_mode(struct line *l, const struct call *c, unsigned i)
{
    put(l, "0%o", (unsigned)c->arg[i]);
}

/* The mode of a file that the call may create: the argument before it says whether it does. */
static void show_new_mode(struct line *l, const struct call *c, unsigned i)
{
    show_mode(l, c, i);
}

static void show_str(struct line *l, const struct call *c, unsigned i)
{
    put_string(l, c->arg[i]);
}

static void show_data(struct line *l, const struct call *c, unsigned i)
{
    put_bytes(l, c->arg[i], c->arg[i + 1]);
}

static void show_fill(struct line *l, const struct call *c, unsigned i)
{
    if (c->result < 0)
        show_ptr(l, c, i);
    else
        put_bytes(l, c->arg[i], c->result);
}

/* getcwd: the result counts the final 0. */
static void show_name(struct line *l, const struct call *c, unsigned i)
{
    if (c->result <= 0)
        show_ptr(l, c, i);
    else
        put_bytes(l, c->arg[i], c->result - 1);
}

static void show_sig(struct line *l, const struct call *c, unsigned i)
{
    const char *name = signal_name((unsigned)c->arg[i]);

    if (name)
        put(l, "%s", name);
    else
        show_uint(l, c, i);
}

static void show_set(struct line *l, const struct call *c, unsigned i)
{
    ksigset_t set;
    const char *between = "";

    if (!c->arg[i] || copy_in(&set, c->arg[i]) < 0) {
        show_ptr(l, c, i);
        return;
    }
    bool most = __builtin_popcountll(set) > 32;
    put(l, most ? "~[" : "[");
    for (unsigned sig = 1; sig <= KNSIG; sig++) {
        if (!(set & KSIGBIT(sig)) != most)
            continue;
        const char *name = signal_name(sig);
        if (name)
            put(l, "%s%s", between, name + 3);
        else
            put(l, "%s%u", between, sig);
        between = " ";
    }
    put(l, "]");
}

static void show_time(struct line *l, const struct call *c, unsigned i)
{
    struct timespec t;

    if (!c->arg[i] || copy_in(&t, c->arg[i]) < 0)
        show_ptr(l, c, i);
    else
        put(l, "{%ld s, %ld ns}", t.tv_sec, t.tv_nsec);
}

static void show_pair(struct line *l, const struct call *c, unsigned i)
{
    int fds[2];

    if (c->result < 0 || copy_in(&fds, c->arg[i]) < 0)
        show_ptr(l, c, i);
    else
        put(l, "[%d, %d]", fds[0], fds[1]);
}

static void show_status(struct line *l, const struct call *c, unsigned i)
{
    int status;

    if (c->result <= 0 || !c->arg[i] || copy_in(&status, c->arg[i]) < 0)
        show_ptr(l, c, i);
    else if (WIFEXITED(status))
        put(l, "[exit %d]", WEXITSTATUS(status));
    else if (WIFSIGNALED(status))
        put(l, "[killed by %s]", signal_name(WTERMSIG(status)) ?: "signal");
    else
        put(l, WIFSTOPPED(status) ? "[stopped]" : "[continued]");
}

static const struct kind {
    const char *word;
    void (*show)(struct line *l, const struct call *c, unsigned i);
    bool filled_by_call;
} kinds[] = {
    {"fd", show_fd, false},     {"dirfd", show_dirfd, false}, {"int", show_fd, false},
    {"uint", show_uint, false}, {"size", show_size, false},   {"off", show_off, false},
    {"hex", show_hex, false},   {"ptr", show_ptr, false},     {"mode", show_mode, false}, {"newmode", show_new_mode, false},
    {"str", show_str, false},   {"data", show_data, false},   {"sig", show_sig, false},
    {"set", show_set, false},   {"time", show_time, false},   {"fill", show_fill, true},
    {"name", show_name, true},  {"pair", show_pair, true},    {"status", show_status, true},
};

static const struct kind *find_kind(const char *word, size_t len)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (strncmp(kinds[i].word, word, len) == 0 && !kinds[i].word[len])
            return &kinds[i];
    }
    return NULL;
}

static void show_flags(struct line *l, const struct call *c, unsigned i, const char *word,
                       size_t len)
{
    for (const struct flag_set *s = flag_sets; s->kind; s++) {
        if (strncmp(s->kind, word, len) == 0 && !s->kind[len]) {
            put_flags(l, s->names, c->arg[i]);
            return;
        }
    }
    show_hex(l, c, i);
}

static size_t word_length(const char *words)
{
    size_t n = 0;

    while (words[n] && words[n] != ' ')
        n++;
    return n;
}

/*
 * Shows arguments from word *words and index *i on; with `called` false stops at the first that the
 * call will fill.
 */
static void show_arguments(struct call *c, const char **words, unsigned *i, bool called)
{
    while (**words && **words != '-') {
        size_t len = word_length(*words);
        const struct kind *kind = find_kind(*words, len);
        if (!called && kind && kind->filled_by_call)
            return;
        bool there = !kind || kind->show != show_new_mode || c->arg[*i - 1] & O_CREAT;
        if (there && *i > 0)
            put(&c->line, ", ");
        if (kind && there)
            kind->show(&c->line, c, *i);
        else if (!there)
            ; // a mode that the flags before it leave without meaning
        else
            show_flags(&c->line, c, *i, *words, len);
        (*i)++;
        *words += len + ((*words)[len] == ' ');
    }
}

static void show_result(struct call *c, const char *words)
{
    if (c->result < 0 && c->result >= -4095)
        put(&c->line, ") = -1 %s", errno_name(-c->result) ?: "E?");
    else
        put(&c->line, *words == '-' ? ") = 0x%lx" : ") = %ld", c->result);
}

static void log_call(const struct call *c)
{
    log_info("strace: [%d] %s", current->id, c->line.text);
}

long strace_call(struct trap_frame *f)
{
    uint64_t number = f->rax;
    struct call c = {.arg = {f->rdi, f->rsi, f->rdx, f->r10, f->r8, f->r9}};
    const char *words = sys_arguments(number) ?: "hex hex hex hex hex hex";
    syscall_fn function = sys_function(number);
    unsigned i = 0;

    if (sys_name(number))
        put(&c.line, "%s(", sys_name(number));
    else
        put(&c.line, "call_%lu(", number);
    show_arguments(&c, &words, &i, false);
    if (number == SYS_exit || number == SYS_exit_group) {
        put(&c.line, ") = ?");
        log_call(&c);
    }
    c.result =
        function ? function(c.arg[0], c.arg[1], c.arg[2], c.arg[3], c.arg[4], c.arg[5]) : -ENOSYS;
    show_arguments(&c, &words, &i, true);
    show_result(&c, words);
    log_call(&c);
    return c.result;
}
