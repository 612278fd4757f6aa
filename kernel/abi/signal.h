// SPDX-License-Identifier: ISC
// Signals: numbers, actions, siginfo, and the frame that a handler finds on its stack.
// Source: signal(7), sigaction(2), Linux's arch/x86/include/uapi/asm/{signal,sigcontext}.h.
#pragma once

#include "types.h"

#define SIGHUP    1
#define SIGINT    2
#define SIGQUIT   3
#define SIGILL    4
#define SIGTRAP   5
#define SIGABRT   6
#define SIGIOT    6
#define SIGBUS    7
#define SIGFPE    8
#define SIGKILL   9
#define SIGUSR1   10
#define SIGSEGV   11
#define SIGUSR2   12
#define SIGPIPE   13
#define SIGALRM   14
#define SIGTERM   15
#define SIGSTKFLT 16
#define SIGCHLD   17
#define SIGCONT   18
#define SIGSTOP   19
#define SIGTSTP   20
#define SIGTTIN   21
#define SIGTTOU   22
#define SIGURG    23
#define SIGXCPU   24
#define SIGXFSZ   25
#define SIGVTALRM 26
#define SIGPROF   27
#define SIGWINCH  28
#define SIGIO     29
#define SIGPOLL   SIGIO
#define SIGPWR    30
#define SIGSYS    31
#define KSIGRTMIN 32 // the kernel's first real-time signal; a libc may keep some for itself
#define KSIGRTMAX 64
#define KNSIG     64

// The bit of a signal in a ksigset_t
#define KSIGBIT(sig) (1UL << ((sig)-1))

#define SA_NOCLDSTOP 0x00000001
#define SA_NOCLDWAIT 0x00000002
#define SA_SIGINFO   0x00000004
#define SA_RESTORER  0x04000000
#define SA_ONSTACK   0x08000000
#define SA_RESTART   0x10000000
#define SA_NODEFER   0x40000000
#define SA_RESETHAND 0x80000000
#define SA_NOMASK    SA_NODEFER
#define SA_ONESHOT   SA_RESETHAND

#define SIG_BLOCK   0
#define SIG_UNBLOCK 1
#define SIG_SETMASK 2

// Values of kernel_sigaction.handler that are not addresses
#define KSIG_DFL 0UL
#define KSIG_IGN 1UL

// What rt_sigaction takes; its last argument, sigsetsize, must be 8.
struct kernel_sigaction {
    uint64_t handler;
    uint64_t flags;
    uint64_t restorer;
    ksigset_t mask;
};

typedef struct sigaltstack {
    void *ss_sp;
    int ss_flags;
    size_t ss_size;
} stack_t;

#define SS_ONSTACK    1
#define SS_DISABLE    2
#define SS_AUTODISARM (1U << 31)
#define MINSIGSTKSZ   2048
#define SIGSTKSZ      8192

typedef union sigval {
    int sival_int;
    void *sival_ptr;
} sigval_t;

// 128 bytes. Which members hold is said by si_signo and si_code.
typedef struct siginfo {
    int si_signo;
    int si_errno;
    int si_code;
    int si_pad0;
    union {
        char si_pad[112];
        struct { // kill, sigqueue, SIGCHLD, timers
            union {
                pid_t si_pid;
                int si_timerid;
            };
            union {
                uid_t si_uid;
                int si_overrun;
            };
            union {
                sigval_t si_value;
                struct { // SIGCHLD
                    int si_status;
                    clock_t si_utime;
                    clock_t si_stime;
                };
            };
        };
        struct { // SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP
            void *si_addr;
            short si_addr_lsb;
        };
        struct { // SIGIO
            long si_band;
            int si_fd;
        };
        struct { // SIGSYS
            void *si_call_addr;
            int si_syscall;
            unsigned int si_arch;
        };
    };
} siginfo_t;

#define si_int si_value.sival_int
#define si_ptr si_value.sival_ptr

// si_code
#define SI_USER       0
#define SI_KERNEL     0x80
#define SI_QUEUE      (-1)
#define SI_TIMER      (-2)
#define SI_MESGQ      (-3)
#define SI_ASYNCIO    (-4)
#define SI_SIGIO      (-5)
#define SI_TKILL      (-6)
#define ILL_ILLOPC    1
#define ILL_ILLOPN    2
#define ILL_ILLADR    3
#define ILL_ILLTRP    4
#define ILL_PRVOPC    5
#define FPE_INTDIV    1
#define FPE_INTOVF    2
#define FPE_FLTDIV    3
#define FPE_FLTOVF    4
#define FPE_FLTUND    5
#define FPE_FLTRES    6
#define FPE_FLTINV    7
#define FPE_FLTSUB    8
#define SEGV_MAPERR   1
#define SEGV_ACCERR   2
#define SEGV_BNDERR   3
#define SEGV_PKUERR   4
#define BUS_ADRALN    1
#define BUS_ADRERR    2
#define BUS_OBJERR    3
#define TRAP_BRKPT    1
#define TRAP_TRACE    2
#define CLD_EXITED    1
#define CLD_KILLED    2
#define CLD_DUMPED    3
#define CLD_TRAPPED   4
#define CLD_STOPPED   5
#define CLD_CONTINUED 6

// The legacy area of XSAVE (Intel SDM volume 1, section 13.4.1), as FXSAVE writes it, with the
// software-defined words in which Linux says how long the extended state is.
struct fpx_sw_bytes {
    uint32_t magic1; // FP_XSTATE_MAGIC1 when extended state follows
    uint32_t extended_size;
    uint64_t xfeatures;
    uint32_t xstate_size;
    uint32_t padding[7];
};

struct fpstate {
    uint16_t cwd;
    uint16_t swd;
    uint16_t ftw;
    uint16_t fop;
    uint64_t rip;
    uint64_t rdp;
    uint32_t mxcsr;
    uint32_t mxcsr_mask;
    uint32_t st_space[32];
    uint32_t xmm_space[64];
    uint32_t reserved2[12];
    struct fpx_sw_bytes sw_reserved;
};

#define FP_XSTATE_MAGIC1 0x46505853U
#define FP_XSTATE_MAGIC2 0x46505845U

typedef long long greg_t;
#define NGREG 23
typedef greg_t gregset_t[NGREG];
typedef struct fpstate *fpregset_t;

// The interrupted registers. gregs[] gives the same words by the REG_ numbers that programs use.
struct sigcontext {
    union {
        struct {
            uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
            uint64_t rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip;
            uint64_t eflags;
            uint16_t cs, gs, fs, ss;
            uint64_t err;
            uint64_t trapno;
            uint64_t oldmask;
            uint64_t cr2;
        };
        greg_t gregs[NGREG];
    };
    fpregset_t fpregs; // user address, 64-byte aligned
    uint64_t reserved1[8];
};

#define REG_R8      0
#define REG_R9      1
#define REG_R10     2
#define REG_R11     3
#define REG_R12     4
#define REG_R13     5
#define REG_R14     6
#define REG_R15     7
#define REG_RDI     8
#define REG_RSI     9
#define REG_RBP     10
#define REG_RBX     11
#define REG_RDX     12
#define REG_RAX     13
#define REG_RCX     14
#define REG_RSP     15
#define REG_RIP     16
#define REG_EFL     17
#define REG_CSGSFS  18
#define REG_ERR     19
#define REG_TRAPNO  20
#define REG_OLDMASK 21
#define REG_CR2     22

typedef struct sigcontext mcontext_t;

// uc_flags
#define UC_FP_XSTATE         0x1
#define UC_SIGCONTEXT_SS     0x2
#define UC_STRICT_RESTORE_SS 0x4

typedef struct ucontext {
    unsigned long uc_flags;
    struct ucontext *uc_link;
    stack_t uc_stack;
    mcontext_t uc_mcontext;
    ksigset_t uc_sigmask;
} ucontext_t;

// The frame that the kernel builds for a handler, lowest address first; the handler starts with
// rsp at pretcode, and rt_sigreturn with rsp just above it. fpstate lies above the frame.
struct rt_sigframe {
    uint64_t pretcode;
    ucontext_t uc;
    siginfo_t info;
};

struct sigevent {
    sigval_t sigev_value;
    int sigev_signo;
    int sigev_notify;
    union {
        int sigev_pad[12];
        pid_t sigev_notify_thread_id;
        struct {
            void (*sigev_notify_function)(sigval_t);
            void *sigev_notify_attributes;
        };
    };
};

#define SIGEV_SIGNAL    0
#define SIGEV_NONE      1
#define SIGEV_THREAD    2
#define SIGEV_THREAD_ID 4
