// SPDX-License-Identifier: ISC
// The parts of setjmp that are no assembly: saving and restoring the signal mask.
#include <setjmp.h>
#include <signal.h>

#define HAS_MASK 8
#define MASK     9

int __sigsetjmp_save(jmp_buf env);
_Noreturn void __setjmp_jump(jmp_buf env, int value);

int __sigsetjmp_save(jmp_buf env)
{
    sigset_t mask;
    sigprocmask(SIG_SETMASK, NULL, &mask);
    env[MASK] = mask;
    return 0;
}

void siglongjmp(sigjmp_buf env, int value)
{
    if (env[HAS_MASK]) {
        sigset_t mask = env[MASK];
        sigprocmask(SIG_SETMASK, &mask, NULL);
    }
    __setjmp_jump(env, value != 0 ? value : 1);
}

void longjmp(jmp_buf env, int value)
{
    siglongjmp(env, value);
}

void _longjmp(jmp_buf env, int value)
{
    siglongjmp(env, value);
}
