// SPDX-License-Identifier: ISC
/*
 * exec: the process stays, its program changes.
 *
 * Everything that can fail is done first, with the old program untouched: the file found and read,
 * #! lines followed, arguments copied in, a whole new address space built. Then the other threads
 * are ended and the process moves over; from that point nothing fails. The thread that called takes
 * the process's id, whichever thread it was.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "fs/file.h"
#include "fs/path.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "proc/exec.h"
#include "proc/proc.h"
#include "sched/sched.h"
#include "sched/trace.h"
#include "task/futex.h"
#include "vm/space.h"
#include "vm/vdso.h"
#include "x86/asm.h"
#include "x86/context.h"

#define SCRIPT_NESTING 5
#define RFLAGS_START   0x202 // interrupts on, bit 1 always set

/* An exec in preparation: all of it is released by exec_release, what was taken over set to NULL.
 */
struct exec {
    char *filename;    // as the program sees it in AT_EXECFN
    struct file *file; // the program, behind all #!
    struct exec_args args;
    struct elf_image image;
    struct space *space;
    uaddr_t sp;
    struct credentials cred; // after set-user-id
    bool secure;
    struct signal_handlers *handlers; // NULL: the process's own are not shared
    struct fd_table *files;           // likewise
    char head[EXEC_HEAD_SIZE];
};

static void exec_release(struct exec *e)
{
    exec_args_free(&e->args);
    kfree(e->filename);
    if (e->file)
        file_put(e->file);
    if (e->space)
        space_put(e->space);
    signal_handlers_put(e->handlers);
    if (e->files)
        fd_table_put(e->files);
    kfree(e);
}

/* --- finding the program --- */

/* The name under which a #! interpreter can open the script again. */
static char *make_filename(int dirfd, const char *path)
{
    if (dirfd == AT_FDCWD || *path == '/')
        return kstrdup(path);
    size_t size = strlen(path) + 24;
    char *name = kmalloc(size);
    if (name)
        snprintf(name, size, *path ? "/dev/fd/%d/%s" : "/dev/fd/%d", dirfd, path);
    return name;
}

static int open_program(struct exec *e, int dirfd, const char *path, int flags)
{
    if (e->file)
        file_put(e->file);
    e->file = NULL;
    int err = path_open_exec(dirfd, path, flags, &e->file);
    if (err)
        return err;
    memset(e->head, 0, sizeof(e->head));
    ssize_t n = file_read_kernel(e->file, e->head, sizeof(e->head), 0);
    return n < 0 ? n : 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/*
 * Takes `#! interpreter [option]` apart, in place: the option is all the rest of the line.
 * -ENOEXEC: no interpreter, or its name may be cut off.
 */
static int parse_script(char *head, char **interpreter, char **option)
{
    head[EXEC_HEAD_SIZE - 1] = 0;
    char *end = strchr(head, '\n');
    bool cut = !end && strlen(head) == EXEC_HEAD_SIZE - 1;
    if (!end)
        end = head + strlen(head);
    while (end > head && is_blank(end[-1]))
        end--;
    *end = 0;
    char *s = head + 2;
    while (is_blank(*s))
        s++;
    if (!*s)
        return -ENOEXEC;
    *interpreter = s;
    while (*s && !is_blank(*s))
        s++;
    if (!*s && cut)
        return -ENOEXEC;
    if (*s)
        *s++ = 0;
    while (is_blank(*s))
        s++;
    *option = *s ? s : NULL;
    return 0;
}

/* Follows #! until a real program is open. The first script's name goes to the interpreter as
 * argument. */
static int resolve_scripts(struct exec *e)
{
    const char *script = e->filename;
    for (int depth = 0; e->head[0] == '#' && e->head[1] == '!'; depth++) {
        char *interpreter, *option;
        if (depth == SCRIPT_NESTING)
            return -ELOOP;
        int err = parse_script(e->head, &interpreter, &option);
        if (!err)
            err = exec_args_prefix(&e->args, interpreter, option, script);
        if (!err)
            err = open_program(e, AT_FDCWD, e->args.prefix[0], 0);
        if (err)
            return err;
        script = e->args.prefix[0];
    }
    return 0;
}

/* Set-user-id and set-group-id bits; scripts have none of their own: the interpreter's count. */
static void new_credentials(struct exec *e)
{
    struct process *p = current_process();
    const struct inode *i = e->file->inode;
    e->cred = p->cred;
    if (!p->no_new_privs && i->mode & S_ISUID)
        e->cred.euid = i->uid;
    if (!p->no_new_privs && (i->mode & (S_ISGID | 0010)) == (S_ISGID | 0010))
        e->cred.egid = i->gid;
    e->cred.suid = e->cred.fsuid = e->cred.euid;
    e->cred.sgid = e->cred.fsgid = e->cred.egid;
    e->secure = e->cred.euid != p->cred.uid || e->cred.egid != p->cred.gid;
}

/* --- the new space --- */

static int build_space(struct exec *e)
{
    struct process *p = current_process();
    struct space *s = e->space = space_create();
    if (!s)
        return -ENOMEM;
    s->limit_stack = process_limit(p, RLIMIT_STACK);
    s->limit_as = process_limit(p, RLIMIT_AS);
    s->limit_data = process_limit(p, RLIMIT_DATA);
    int err = elf_load(s, e->file, e->head, &e->image);
    if (!err)
        err = vdso_map(s);
    if (!err)
        err = exec_args_place(&e->args, s, e->filename, &e->image, e->secure, &e->sp);
    if (err)
        return err;
    s->exe = e->file;
    area_file_ops.get(s->exe);
    strlcpy(s->exe_path, e->file->path ? e->file->path : e->filename, sizeof(s->exe_path));
    return 0;
}

/* What other processes share with this one (CLONE_SIGHAND, CLONE_FILES) it must get for itself. */
static int unshare(struct exec *e)
{
    struct process *p = current_process();
    e->handlers = signal_handlers_copy(p->handlers);
    if (!e->handlers)
        return -ENOMEM;
    if (p->files->refs > 1 && !(e->files = fd_table_copy(p->files)))
        return -ENOMEM;
    return 0;
}

/* --- commit --- */

/* Ends every other thread. -EAGAIN: another thread was first, or the process is ending. */
static int become_only_thread(struct process *p)
{
    spin_lock(&p->lock);
    if (p->exiting || p->exec_thread) {
        spin_unlock(&p->lock);
        return -EAGAIN;
    }
    p->exec_thread = current;
    process_kill_other_threads(p);
    while (p->thread_count > 1)
        wait_on(&p->threads_gone, WAIT_ALWAYS, NEVER, "end of other threads");
    p->exec_thread = NULL;
    spin_unlock(&p->lock);
    if (current->id != p->id)
        thread_take_id(current, p->id);
    return 0;
}

static void move_to_space(struct process *p, struct exec *e)
{
    futex_thread_exit(); // the old space's waiters are told while it can still be written
    spin_lock(&p->lock);
    struct space *old = p->space, *new = e->space;
    if (old)
        p->peak_resident = MAX(p->peak_resident, old->peak_resident);
    p->space = new;
    e->space = NULL;
    spin_unlock(&p->lock);
    space_get(new);
    space_switch_current(new);
    if (old)
        space_put(old);
}

static void replace_shared(struct process *p, struct exec *e)
{
    spin_lock(&p->lock);
    struct signal_handlers *handlers = p->handlers;
    struct fd_table *files = p->files;
    p->handlers = e->handlers;
    if (e->files)
        p->files = e->files;
    p->cred = e->cred;
    spin_unlock(&p->lock);
    e->handlers = handlers; // exec_release puts the old ones
    e->files = e->files ? files : NULL;
    signal_handlers_reset_for_exec(p->handlers);
    fd_table_close_on_exec(p->files);
}

static void reset_task(struct task *k)
{
    k->altstack = (stack_t){.ss_flags = SS_DISABLE};
    k->restart = NULL;
    k->robust_len = 0;
}

static void set_name(struct process *p, const char *filename)
{
    const char *slash = strrchr(filename, '/');
    strlcpy(p->name, slash ? slash + 1 : filename, sizeof(p->name));
    memcpy(current->name, p->name, sizeof(current->name));
}

/* The registers a program starts with: all 0 but rip and rsp. The call's result, 0, goes to rax. */
static void start_frame(const struct exec *e)
{
    struct context *c = &current->context;
    struct trap_frame *f = context_user_frame(c);
    *f = (struct trap_frame){.rip = e->image.start,
                             .rsp = e->sp,
                             .cs = USER_CS,
                             .ss = USER_SS,
                             .rflags = RFLAGS_START,
                             .vector_or_call = FRAME_NO_RESTART};
    uint64_t irq = irq_save();
    fpu_init_state(c->fpu);
    fpu_load_current(c->fpu);
    fs_base_write(0);
    user_gs_base_write(0);
    irq_restore(irq);
}

static void commit(struct exec *e)
{
    struct process *p = current_process();
    move_to_space(p, e);
    spin_lock(&process_tree_lock);
    p->has_execed = true;
    p->exit_signal = SIGCHLD;
    if (e->secure)
        p->parent_death_signal = 0;
    process_release_vfork_parent(p);
    spin_unlock(&process_tree_lock);
    replace_shared(p, e);
    reset_task(current_task());
    set_name(p, e->filename);
    trace_exec();
    p->dumpable = !e->secure;
    start_frame(e);
}

/* Everything but the arguments, which come from user or kernel memory. */
static int prepare(struct exec *e)
{
    int err = resolve_scripts(e);
    if (err)
        return err;
    new_credentials(e);
    err = build_space(e);
    return err ? err : unshare(e);
}

static struct exec *exec_open(int dirfd, const char *path, int flags, int *err)
{
    struct exec *e = kzalloc(sizeof(*e));
    *err = -ENOMEM;
    if (!e)
        return NULL;
    e->filename = make_filename(dirfd, path);
    if (e->filename)
        *err = open_program(e, dirfd, path, flags);
    if (!*err)
        *err = exec_args_init(&e->args, process_limit(current_process(), RLIMIT_STACK));
    return e;
}

long process_exec(int dirfd, const char *path, uaddr_t argv, uaddr_t envp, int flags)
{
    int err;
    struct exec *e = exec_open(dirfd, path, flags, &err);
    if (!e)
        return err;
    if (!err)
        err = exec_args_copy(&e->args, argv, envp);
    if (!err)
        err = prepare(e);
    if (!err)
        err = become_only_thread(current_process());
    if (!err)
        commit(e); // nothing fails in here
    exec_release(e);
    return err;
}

/* --- the first process --- */

/* Makes a process with nothing but a file-system context around the kernel thread that runs this.
 */
static int adopt_kernel_thread(void)
{
    struct thread *t = current;
    struct process *p = process_create(NULL);
    if (!p)
        return -ENOMEM;
    p->files = fd_table_create();
    p->fs = fs_context_create();
    p->handlers = signal_handlers_create();
    struct fpu_state *fpu = kmalloc(fpu_area_size());
    if (!p->files || !p->fs || !p->handlers || !fpu || !task_create(t))
        return -ENOMEM;  // the caller panics: nothing to undo
    fpu_init_state(fpu); // before a switch can load it
    t->context.fpu = fpu;
    process_add_thread(p, t);
    init_process = p;
    spin_lock(&process_tree_lock);
    process_publish(p, NULL);
    spin_unlock(&process_tree_lock);
    return 0;
}

int process_exec_first(const char *path, const char *const argv[], const char *const envp[])
{
    int err = adopt_kernel_thread();
    if (err)
        return err;
    struct exec *e = exec_open(AT_FDCWD, path, 0, &err);
    if (!e)
        return err;
    if (!err)
        err = exec_args_copy_kernel(&e->args, argv, envp);
    if (!err)
        err = prepare(e);
    if (!err)
        commit(e);
    exec_release(e);
    if (!err)
        context_enter_user();
    return err;
}
