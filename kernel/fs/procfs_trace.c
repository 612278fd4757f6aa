// SPDX-License-Identifier: ISC
/*
 * /proc/braid/trace: what the trace recorded, a line a record, and its switch. docs/tracing.md has the
 * format of the lines and the words that are written.
 *
 * Reading takes lines out: each goes to one reader only. What a reader has taken and not yet been
 * given, a part of one line at most, waits in its open file and goes with it. A read from then on
 * brings what happened up to the moment of the first read, then says end of file once; so who reads
 * to the end is not kept busy by the records of its own reading. When the trace is off and all is
 * read, its memory goes.
 *
 * Lock: trace_lock, a mutex, guards the switch, the rings' reading end and the readers' state. User
 * memory is copied with it held: no page fault takes it.
 */
#include "abi/errno.h"
#include "fs/procfs.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "sched/trace.h"
#include "x86/trap.h"
#include "x86/uaccess.h"

#define LINE_SIZE 256 // the longest line has a cause, which is a short sentence of the kernel
#define TEXT_SIZE 2048
#define ALL       ((1u << TRACE_EVENTS_TO_CHOOSE) - 1)

static struct mutex trace_lock;

struct reader {
    char text[TEXT_SIZE];
    size_t len, pos;
    uint64_t until; // the batch: records up to this time; 0: it has not begun
};

// --- a record as text -----------------------------------------------------------------------------

struct line {
    char *text;
    size_t len;
};

#define put(l, ...) ((l)->len = sappendf((l)->text, LINE_SIZE, (l)->len, __VA_ARGS__))

/* The kernel's own words for locks and waits: literals, which do not go away. */
static void put_literal(struct line *l, const char *key, uint64_t address)
{
    extern const char __rodata_start[], __rodata_end[];
    const char *s = (const char *)address;

    if (s >= __rodata_start && s < __rodata_end)
        put(l, " %s=%s", key, s);
}

/* A thread's name, which it may have chosen: what would break the line, as \ooo. */
static void put_name(struct line *l, const struct trace_record *r)
{
    char name[2 * sizeof(uint64_t) + 1] = "";

    memcpy(name, &r->c, sizeof(r->c));
    memcpy(name + sizeof(r->c), &r->d, sizeof(r->d));
    put(l, " name=");
    for (const char *s = name; *s; s++) {
        unsigned char c = *s;
        put(l, c < 0x20 || c == 0x7f || c == '\\' ? "\\%03o" : "%c", c);
    }
}

static void put_vector(struct line *l, const char *key, unsigned vector)
{
    if (vector == VECTOR_TIMER)
        put(l, " %s=timer", key);
    else if (vector == VECTOR_RESCHEDULE)
        put(l, " %s=reschedule", key);
    else if (vector == VECTOR_CALL)
        put(l, " %s=call", key);
    else if (vector >= VECTOR_IRQ_BASE && vector < VECTOR_TIMER)
        put(l, " %s=irq%u", key, vector - VECTOR_IRQ_BASE);
    else
        put(l, " %s=vector%u", key, vector);
}

static void put_switch(struct line *l, const struct trace_record *r)
{
    static const char *const states[] = {"ready", "sleeping", "blocked", "stopped", "ended", "idle"};

    put(l, "switch to=%lu state=%s", r->a, states[r->b]);
    put_literal(l, "cause", r->c);
}

static void put_call(struct line *l, const struct trace_record *r)
{
    const char *name = trace_call_name_hook(r->a);

    put(l, "call number=%lu name=%s", r->a, name ? name : "?");
    put(l, " args=%#lx,%#lx,%#lx", r->b, r->c, r->d);
}

static void put_fault(struct line *l, const struct trace_record *r)
{
    const char *access = r->b & 16 ? "execute" : r->b & 2 ? "write" : "read";

    put(l, "fault address=%#lx access=%s page=%s from=%s ip=%#lx", r->a, access,
        r->b & 1 ? "present" : "absent", r->b & 4 ? "user" : "kernel", r->c);
}

static void put_signal(struct line *l, const struct trace_record *r)
{
    static const char *const actions[] = {"ignored", "handler", "kills", "stops"};

    put(l, "signal number=%lu action=%s", r->a, actions[r->b]);
}

static void put_event(struct line *l, const struct trace_record *r)
{
    switch ((enum trace_event)r->event) {
    case TRACE_SWITCH:
        put_switch(l, r);
        break;
    case TRACE_WAKE:
        put(l, "wake thread=%lu on=%lu", r->a, r->b);
        if (r->c)
            put_vector(l, "by", r->c);
        break;
    case TRACE_CALL:
        put_call(l, r);
        break;
    case TRACE_RETURN:
        put(l, "return number=%lu result=%ld", r->a, (long)r->b);
        break;
    case TRACE_FAULT:
        put_fault(l, r);
        break;
    case TRACE_RESOLVED:
        put(l, "resolved address=%#lx result=%d", r->a, (int)r->b);
        break;
    case TRACE_IRQ:
        put(l, "interrupt");
        put_vector(l, "name", r->a);
        break;
    case TRACE_IRQ_END:
        put(l, "done");
        put_vector(l, "name", r->a);
        break;
    case TRACE_LOCK:
        put(l, "lock holder=%lu", r->b);
        put_literal(l, "name", r->a);
        break;
    case TRACE_SPIN:
        put(l, "spin time=%lu", r->b);
        put_literal(l, "name", r->a);
        break;
    case TRACE_SIGNAL:
        put_signal(l, r);
        break;
    case TRACE_THREAD:
        put(l, "thread id=%lu process=%lu", r->a, r->b);
        put_name(l, r);
        break;
    case TRACE_RENUMBER:
        put(l, "renumber was=%lu", r->a);
        break;
    case TRACE_EXEC:
        put(l, "exec");
        put_name(l, r);
        break;
    case TRACE_EXIT:
        put(l, "exit status=%lu", r->a);
        break;
    case TRACE_ZOMBIE:
        put(l, "zombie process=%lu", r->a);
        break;
    case TRACE_REAP:
        put(l, "reap process=%lu", r->a);
        break;
    case TRACE_LOST:
        put(l, "lost count=%lu", r->a);
        break;
    }
}

/* Its length; the buffer has LINE_SIZE bytes. */
static size_t record_text(char *text, const struct trace_record *r)
{
    struct line l = {text, 0};

    put(&l, "%lu %u %d ", r->time, r->cpu, r->thread);
    put_event(&l, r);
    if (l.len > LINE_SIZE - 2)
        l.len = LINE_SIZE - 2;
    text[l.len++] = '\n';
    return l.len;
}

// --- reading --------------------------------------------------------------------------------------

/* Makes lines until there are `wish` bytes, the room or the batch ends. */
static void reader_fill(struct reader *r, size_t wish)
{
    struct trace_record record;

    r->len = r->pos = 0;
    while (r->len < wish && r->len + LINE_SIZE <= TEXT_SIZE && trace_take(&record, r->until))
        r->len += record_text(r->text + r->len, &record);
}

/* The end of a batch: the next read begins another. */
static void reader_end(struct reader *r)
{
    r->until = 0;
    if (!trace_is_on())
        trace_free();
}

static ssize_t read_lines(struct reader *r, uaddr_t buf, size_t n)
{
    size_t done = 0;

    if (!r->until)
        r->until = trace_settle();
    while (done < n) {
        if (r->pos == r->len)
            reader_fill(r, n - done);
        size_t part = MIN(r->len - r->pos, n - done);
        if (!part)
            break;
        size_t left = copy_to_user_partial(buf + done, r->text + r->pos, part);
        r->pos += part - left;
        done += part - left;
        if (left)
            return done ? (ssize_t)done : -EFAULT;
    }
    if (!done && n)
        reader_end(r);
    return (ssize_t)done;
}

static ssize_t trace_read(struct file *f, uaddr_t buf, size_t n, uint64_t *pos)
{
    ssize_t done = -ENOMEM;

    (void)pos;
    mutex_lock(&trace_lock);
    if (!f->data)
        f->data = kzalloc(sizeof(struct reader));
    if (f->data)
        done = read_lines(f->data, buf, n);
    mutex_unlock(&trace_lock);
    return done;
}

static void trace_release(struct file *f)
{
    kfree(f->data);
}

// --- the switch -----------------------------------------------------------------------------------

struct wish {
    bool stop;
    uint32_t events;
    uint32_t process; // 0: all
    size_t size;
};

static const struct {
    const char *name;
    uint32_t events;
} event_names[] = {
    {"switch", 1u << TRACE_SWITCH},
    {"wake", 1u << TRACE_WAKE},
    {"call", 1u << TRACE_CALL | 1u << TRACE_RETURN},
    {"fault", 1u << TRACE_FAULT | 1u << TRACE_RESOLVED},
    {"interrupt", 1u << TRACE_IRQ | 1u << TRACE_IRQ_END},
    {"lock", 1u << TRACE_LOCK | 1u << TRACE_SPIN},
    {"signal", 1u << TRACE_SIGNAL},
    {"1", ALL},
};

/* The number behind `key`, from 1 to `most`; 0: it is something else. */
static uint32_t number_behind(const char *word, const char *key, uint32_t most)
{
    size_t len = strlen(key);

    if (strncmp(word, key, len))
        return 0;
    int64_t v = gen_parse_number(word + len, strlen(word + len));
    return v > 0 && v <= most ? v : 0;
}

static bool read_word(struct wish *w, const char *word)
{
    uint32_t n;

    for (size_t i = 0; i < ARRAY_SIZE(event_names); i++) {
        if (!strcmp(word, event_names[i].name)) {
            w->events |= event_names[i].events;
            return true;
        }
    }
    if (!strcmp(word, "0"))
        w->stop = true;
    else if ((n = number_behind(word, "pid=", THREAD_ID_MAX)))
        w->process = n;
    else if ((n = number_behind(word, "size=", TRACE_SIZE_MAX / 1024)))
        w->size = n * 1024ul;
    else
        return false;
    return true;
}

/* False: a word that is not known, none at all, or another beside 0. */
static bool read_wish(struct wish *w, char *text)
{
    bool any = false;

    *w = (struct wish){.size = TRACE_SIZE};
    for (char *s = text; *s;) {
        char *end = s;
        while (*end && *end != ' ' && *end != '\n')
            end++;
        bool last = !*end;
        *end = 0;
        if (*s && (w->stop || (any && !strcmp(s, "0")) || !read_word(w, s)))
            return false;
        any |= *s;
        s = last ? end : end + 1;
    }
    if (!w->stop && !w->events)
        w->events = ALL;
    return any;
}

static bool belongs(const struct thread *t, int process)
{
    return t->process && t->process->id == process;
}

/* For every thread there is: before the start forgets whom an earlier trace followed; after it, names all. */
static void visit_threads(const struct wish *w, bool started)
{
    struct thread *t;

    for (int id = 1; (t = thread_find_from(id)); id = t->id + 1, thread_put(t)) {
        if (!started)
            t->traced = false;
        else if (w->process && belongs(t, w->process))
            t->traced = true;
        if (started)
            trace_thread(t, t->process ? t->process->id : 0);
    }
}

static int start(const struct wish *w)
{
    if (trace_is_on())
        return -EBUSY;
    struct process *p = w->process ? process_find(w->process) : NULL;
    if (w->process && !p)
        return -ESRCH;
    if (p)
        process_put(p);
    visit_threads(w, false);
    int err = trace_start(w->events, w->size, w->process);
    if (!err)
        visit_threads(w, true);
    return err;
}

/* Switched off twice, what nobody has read is given up. */
static void stop(void)
{
    if (trace_is_on())
        trace_stop();
    else
        trace_free();
}

static ssize_t trace_write(struct file *f, uaddr_t buf, size_t n, uint64_t *pos)
{
    char text[256];
    struct wish w;
    int err = 0;

    (void)f, (void)pos;
    if (n >= sizeof(text))
        return -EINVAL;
    if (copy_from_user(text, buf, n))
        return -EFAULT;
    text[n] = 0;
    if (strlen(text) != n || !read_wish(&w, text))
        return -EINVAL;
    mutex_lock(&trace_lock);
    if (w.stop)
        stop();
    else
        err = start(&w);
    mutex_unlock(&trace_lock);
    return err ? err : (ssize_t)n;
}

static int trace_truncate(struct file *f, uint64_t size)
{
    (void)f, (void)size;
    return 0;
}

const struct file_ops proc_trace_ops = {
    .read = trace_read,
    .write = trace_write,
    .truncate = trace_truncate,
    .release = trace_release,
};

void procfs_trace_init(void)
{
    mutex_init(&trace_lock, "trace");
}
