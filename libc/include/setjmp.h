// SPDX-License-Identifier: ISC
#pragma once

// rbx, rbp, r12 to r15, rsp, rip; then whether the mask is saved, and the mask.
typedef unsigned long jmp_buf[10];
typedef jmp_buf sigjmp_buf;

int setjmp(jmp_buf env) __attribute__((returns_twice));
int _setjmp(jmp_buf env) __attribute__((returns_twice));
int sigsetjmp(sigjmp_buf env, int save_mask) __attribute__((returns_twice));
int __sigsetjmp(sigjmp_buf env, int save_mask) __attribute__((returns_twice));
_Noreturn void longjmp(jmp_buf env, int value);
_Noreturn void _longjmp(jmp_buf env, int value);
_Noreturn void siglongjmp(sigjmp_buf env, int value);

#define setjmp(env) setjmp(env)
