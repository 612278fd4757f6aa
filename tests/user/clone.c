// SPDX-License-Identifier: ISC
//
// clone as it is used for threads, without the thread library: what is shared, thread ids,
// thread-local storage, the futex that tells the end, and the end of the whole process.
//
// A thread made here has no libc behind it: it uses raw_call() and no errno.
#include "support.h"

#include <linux/futex.h>

#define THREAD_FLAGS                                                                               \
    (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |            \
     CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID)
#define STACK_SIZE  (16 * PAGE)
#define ARCH_SET_FS 0x1002
#define ARCH_GET_FS 0x1003

struct thread {
    void (*function)(struct thread *);
    unsigned char *stack;
    volatile pid_t tid; // set by the kernel at the start, cleared and woken at the end
    volatile long in, out;
    void *tls;
};

// clone(FLAGS) onto the top of THREAD's stack; the new thread calls function(thread) and exits.
long clone_onto(unsigned long flags, void *stack_top, volatile pid_t *tid, void *tls,
                struct thread *thread);
__asm__(".pushsection .text\n"
        "clone_onto:\n"
        "    mov %r8, %r9\n"   // thread
        "    mov %rcx, %r8\n"  // tls
        "    mov %rdx, %r10\n" // where the id is cleared
        "    mov $56, %eax\n"  // SYS_clone
        "    syscall\n"
        "    test %rax, %rax\n"
        "    jz 1f\n"
        "    ret\n"
        "1:  xor %ebp, %ebp\n"
        "    mov %r9, %rdi\n"
        "    call *(%r9)\n"
        "    xor %edi, %edi\n"
        "    mov $60, %eax\n" // SYS_exit
        "    syscall\n"
        "    hlt\n"
        ".popsection\n");

static void thread_start(struct thread *thread, void (*function)(struct thread *),
                         unsigned long flags)
{
    thread->function = function;
    thread->stack = private_memory(STACK_SIZE);
    thread->tid = -1;
    long tid = clone_onto(flags, thread->stack + STACK_SIZE, &thread->tid, thread->tls, thread);
    CHECK(tid > 0);
}

// Waits until the kernel has cleared the thread's id: then its stack is no longer in use.
static void thread_join(struct thread *thread)
{
    pid_t tid;
    while ((tid = thread->tid) != 0)
        raw_call(SYS_futex, (long)&thread->tid, FUTEX_WAIT, tid, 0, 0, 0);
    CHECK(munmap(thread->stack, STACK_SIZE) == 0);
}

static volatile long shared_counter;
static volatile long other_value;

static void set_shared(struct thread *thread)
{
    other_value = 77;
    thread->out = raw_call(SYS_gettid, 0, 0, 0, 0, 0, 0);
    thread->in = raw_call(SYS_getpid, 0, 0, 0, 0, 0, 0);
}

TEST(ids, "a thread has its own tid and the process's pid; its tid is where PARENT_SETTID said")
{
    struct thread thread = {0};
    thread_start(&thread, set_shared, THREAD_FLAGS);
    thread_join(&thread);
    CHECK(other_value == 77);
    CHECK(thread.in == getpid());
    CHECK(thread.out != getpid() && thread.out > 0);
    CHECK(raw_call(SYS_gettid, 0, 0, 0, 0, 0, 0) == getpid());
}

static void add_many(struct thread *thread)
{
    for (long i = 0; i < thread->in; i++)
        __atomic_fetch_add(&shared_counter, 1, __ATOMIC_RELAXED);
}

TEST(many_threads, "64 threads add to one counter with atomic instructions: nothing is lost")
{
    static struct thread threads[64];
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        threads[i].in = 10000;
        thread_start(&threads[i], add_many, THREAD_FLAGS);
    }
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        thread_join(&threads[i]);
    CHECK(shared_counter == 640000);
}

static void open_file(struct thread *thread)
{
    thread->out = raw_call(SYS_open, (long)"/dev/null", O_RDONLY, 0, 0, 0, 0);
    thread->in = raw_call(SYS_chdir, (long)"/usr", 0, 0, 0, 0, 0);
}

TEST(shared_files, "a descriptor opened and a directory changed by one thread are so for all")
{
    struct thread thread = {0};
    char where[64];
    thread_start(&thread, open_file, THREAD_FLAGS);
    thread_join(&thread);
    CHECK(thread.out >= 0 && fcntl(thread.out, F_GETFD) == 0);
    CHECK(thread.in == 0 && getcwd(where, sizeof(where)) && !strcmp(where, "/usr"));
}

static void read_tls(struct thread *thread)
{
    long at_zero, base = 0;
    __asm__ volatile("mov %%fs:0, %0" : "=r"(at_zero));
    thread->out = at_zero;
    thread->in = raw_call(SYS_arch_prctl, ARCH_GET_FS, (long)&base, 0, 0, 0, 0);
    if (base != (long)thread->tls)
        thread->out = -1;
    for (int i = 0; i < 100; i++) {
        raw_call(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
        __asm__ volatile("mov %%fs:0, %0" : "=r"(at_zero));
        if (at_zero != thread->out)
            thread->in = 1;
    }
}

TEST(tls, "each thread has its own fs base, from CLONE_SETTLS, kept over switches")
{
    static struct thread threads[8];
    static long blocks[8][8];
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        blocks[i][0] = 1000 + i;
        threads[i].tls = blocks[i];
        thread_start(&threads[i], read_tls, THREAD_FLAGS | CLONE_SETTLS);
    }
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        thread_join(&threads[i]);
        CHECK(threads[i].out == (long)(1000 + i));
        CHECK(threads[i].in == 0);
    }
}

TEST(tls_hostile, "an fs base outside user space is refused with EPERM")
{
    CHECK(raw_call(SYS_arch_prctl, ARCH_SET_FS, (long)0xffff800000000000, 0, 0, 0, 0) == -EPERM);
    CHECK(raw_call(SYS_arch_prctl, ARCH_SET_FS, (long)0x800000000000, 0, 0, 0, 0) == -EPERM);
    CHECK(raw_call(SYS_arch_prctl, 0x9999, 0, 0, 0, 0, 0) == -EINVAL);
    CHECK(raw_call(SYS_arch_prctl, ARCH_GET_FS, 8, 0, 0, 0, 0) == -EFAULT);
}

static void keep_registers(struct thread *thread)
{
    double value = (double)thread->in, result;
    for (int i = 0; i < 200; i++) {
        __asm__ volatile("movsd %1, %%xmm9\n\tmov $24, %%eax\n\tsyscall\n\tmovsd %%xmm9, %0"
                         : "=m"(result)
                         : "m"(value)
                         : "rax", "rcx", "r11", "xmm9", "memory");
        if (result != value)
            return;
    }
    thread->out = 1;
}

TEST(sse_per_thread, "SSE registers belong to the thread: sixteen threads yield and keep theirs")
{
    static struct thread threads[16];
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        threads[i].in = i;
        thread_start(&threads[i], keep_registers, THREAD_FLAGS);
    }
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        thread_join(&threads[i]);
        CHECK(threads[i].out == 1);
    }
}

static void sleep_for_ever(struct thread *thread)
{
    thread->out = 1;
    for (;;)
        raw_call(SYS_pause, 0, 0, 0, 0, 0, 0);
}

static void leave_group(struct thread *thread)
{
    raw_call(SYS_exit_group, thread->in, 0, 0, 0, 0, 0);
}

static void exit_with_threads(void)
{
    static struct thread sleepers[8], leaver;
    for (size_t i = 0; i < COUNT_OF(sleepers); i++)
        thread_start(&sleepers[i], sleep_for_ever, THREAD_FLAGS);
    leaver.in = 66;
    thread_start(&leaver, leave_group, THREAD_FLAGS);
    for (;;)
        pause();
}

TEST(exit_group, "exit_group by one thread ends all of them, wherever they sleep")
{
    CHECK(run_child(exit_with_threads) == 66);
}

static void fault(struct thread *thread)
{
    thread->out = PEEK(8);
}

static void crash_with_threads(void)
{
    static struct thread sleepers[8], crasher;
    for (size_t i = 0; i < COUNT_OF(sleepers); i++)
        thread_start(&sleepers[i], sleep_for_ever, THREAD_FLAGS);
    thread_start(&crasher, fault, THREAD_FLAGS);
    for (;;)
        pause();
}

TEST(thread_crash, "one thread's fault ends the whole process with SIGSEGV")
{
    CHECK(run_child(crash_with_threads) == 128 + SIGSEGV);
}

static struct gate leader_gone;
static volatile pid_t leader;

static void outlive_leader(struct thread *thread)
{
    (void)thread;
    char byte;
    raw_call(SYS_read, leader_gone.ends[0], (long)&byte, 1, 0, 0, 0);
    raw_call(SYS_exit_group, raw_call(SYS_getpid, 0, 0, 0, 0, 0, 0) == leader ? 67 : 1, 0, 0, 0, 0,
             0);
}

TEST(leader_exits_first,
     "the process lives on when its first thread ends; its status is the last's")
{
    leader_gone = gate_make();
    pid_t pid = fork();
    if (pid == 0) {
        static struct thread thread;
        leader = getpid();
        thread_start(&thread, outlive_leader, THREAD_FLAGS);
        raw_call(SYS_exit, 5, 0, 0, 0, 0, 0);
    }
    wait_for_state(pid, 'Z'); // the leader alone; as on Linux it shows as a zombie
    CHECK(waitpid(pid, NULL, WNOHANG) == 0);
    gate_open(&leader_gone);
    CHECK(child_end(pid) == 67);
}

static void execute_shell(struct thread *thread)
{
    static char *argv[] = {"/bin/sh", "-c", "exit 68", NULL};
    thread->out = raw_call(SYS_execve, (long)argv[0], (long)argv, (long)(argv + 3), 0, 0, 0);
}

TEST(exec_from_thread, "execve from a second thread ends the others and keeps the pid")
{
    pid_t pid = fork();
    if (pid == 0) {
        static struct thread sleeper, executer;
        thread_start(&sleeper, sleep_for_ever, THREAD_FLAGS);
        thread_start(&executer, execute_shell, THREAD_FLAGS);
        for (;;)
            pause();
    }
    CHECK(child_end(pid) == 68);
}

static void fork_here(struct thread *thread)
{
    long pid = raw_call(SYS_fork, 0, 0, 0, 0, 0, 0);
    if (pid == 0)
        raw_call(SYS_exit_group, 69, 0, 0, 0, 0, 0);
    thread->out = pid;
}

TEST(fork_from_thread,
     "a child forked by a second thread is the process's child and has one thread")
{
    struct thread thread = {0};
    thread_start(&thread, fork_here, THREAD_FLAGS);
    thread_join(&thread);
    CHECK(thread.out > 0);
    CHECK(child_end(thread.out) == 69);
}

TEST(bad_flags, "EINVAL: THREAD without SIGHAND, SIGHAND without VM")
{
    CHECK(raw_call(SYS_clone, CLONE_THREAD, 0, 0, 0, 0, 0) == -EINVAL);
    CHECK(raw_call(SYS_clone, CLONE_THREAD | CLONE_VM, 0, 0, 0, 0, 0) == -EINVAL);
    CHECK(raw_call(SYS_clone, CLONE_SIGHAND, 0, 0, 0, 0, 0) == -EINVAL);
}

TEST(fork_by_clone,
     "clone with SIGCHLD, CHILD_SETTID and CHILD_CLEARTID is fork, as C libraries call it")
{
    static volatile pid_t where;
    long pid = raw_call(SYS_clone, SIGCHLD | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID, 0, 0,
                        (long)&where, 0, 0);
    if (pid == 0)
        _exit(where == getpid() ? 70 : 1);
    CHECK(pid > 0 && where == 0);
    CHECK(child_end(pid) == 70);
}

TEST(set_tid_address, "set_tid_address returns the thread's id")
{
    int word;
    pid_t pid = fork();
    if (pid == 0)
        _exit(raw_call(SYS_set_tid_address, (long)&word, 0, 0, 0, 0, 0) == getpid() ? 71 : 1);
    CHECK(child_end(pid) == 71);
}

static void signal_self(struct thread *thread)
{
    long tid = raw_call(SYS_gettid, 0, 0, 0, 0, 0, 0);
    thread->out = raw_call(SYS_tgkill, getpid(), tid, SIGUSR1, 0, 0, 0);
}

static volatile long handled_by;

static void note_thread(int signal)
{
    (void)signal;
    handled_by = raw_call(SYS_gettid, 0, 0, 0, 0, 0, 0);
}

TEST(thread_signal, "tgkill reaches the named thread; a wrong pair is ESRCH, a bad id EINVAL")
{
    struct sigaction action = {.sa_handler = note_thread};
    struct thread thread = {0};
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    thread_start(&thread, signal_self, THREAD_FLAGS);
    thread_join(&thread);
    CHECK(thread.out == 0 && handled_by > 0 && handled_by != getpid());
    CHECK(raw_call(SYS_tgkill, getpid(), getppid(), SIGUSR1, 0, 0, 0) == -ESRCH);
    CHECK(raw_call(SYS_tgkill, getpid(), 0, SIGUSR1, 0, 0, 0) == -EINVAL);
    CHECK(raw_call(SYS_tgkill, -1, getpid(), SIGUSR1, 0, 0, 0) == -EINVAL);
    CHECK(raw_call(SYS_tgkill, getpid(), getpid(), 65, 0, 0, 0) == -EINVAL);
}
