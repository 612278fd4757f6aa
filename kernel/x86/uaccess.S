// SPDX-License-Identifier: ISC
/*
 * The instructions that touch user memory, all of them. Between OPEN_USER and CLOSE_USER the CPU's
 * SMAP check is off. A fault that the page-fault handler cannot mend goes on at the fix-up address.
 */
#include "x86/asm.h"

        .text

/*
 * size_t user_copy(void *dst, const void *src, size_t n): bytes NOT copied.
 * When a fault stops a wide move, the rest of it is tried byte by byte, so the count is exact.
 * From 512 bytes on the string instruction is faster, and it can be interrupted.
 */
FUNCTION user_copy
        OPEN_USER
        cmpq $512, %rdx
        jae 9f
0:      movq %rdx, %rax
        subq $32, %rax
        jb 2f
1:      movq (%rsi), %rcx
11:     movq 8(%rsi), %r8
12:     movq 16(%rsi), %r9
13:     movq 24(%rsi), %r10
14:     movq %rcx, (%rdi)
15:     movq %r8, 8(%rdi)
16:     movq %r9, 16(%rdi)
17:     movq %r10, 24(%rdi)
        addq $32, %rsi
        addq $32, %rdi
        subq $32, %rax
        jae 1b
2:      addq $24, %rax          // what is left, less 8
        jnc 4f
3:      movq (%rsi), %rcx
31:     movq %rcx, (%rdi)
        addq $8, %rsi
        addq $8, %rdi
        subq $8, %rax
        jae 3b
4:      addq $8, %rax
        jz 6f
5:      movb (%rsi), %cl
51:     movb %cl, (%rdi)
        incq %rsi
        incq %rdi
        decq %rax
        jnz 5b
6:      CLOSE_USER
        ret
9:      movq %rdx, %rcx
        shrq $3, %rcx
        andl $7, %edx
91:     rep movsq
        jmp 0b                  // the last 0 to 7 bytes
92:     leaq (%rdx,%rcx,8), %rax
        jmp 5b
7:      addq $24, %rax          // a fault in a round of 32
8:      addq $8, %rax           // a fault in a move of 8
        jmp 5b
        FIXUP 91b, 92b
        FIXUP 1b, 7b
        FIXUP 11b, 7b
        FIXUP 12b, 7b
        FIXUP 13b, 7b
        FIXUP 14b, 7b
        FIXUP 15b, 7b
        FIXUP 16b, 7b
        FIXUP 17b, 7b
        FIXUP 3b, 8b
        FIXUP 31b, 8b
        FIXUP 5b, 6b
        FIXUP 51b, 6b
        .size user_copy, . - user_copy

/* size_t user_clear(void *dst, size_t n): bytes NOT cleared. */
FUNCTION user_clear
        OPEN_USER
        xorl %ecx, %ecx
        movq %rsi, %rax
        subq $8, %rax
        jb 2f
1:      movq %rcx, (%rdi)
        addq $8, %rdi
        subq $8, %rax
        jae 1b
2:      addq $8, %rax
        jz 4f
3:      movb %cl, (%rdi)
        incq %rdi
        decq %rax
        jnz 3b
4:      CLOSE_USER
        ret
5:      addq $8, %rax
        jmp 3b
        FIXUP 1b, 5b
        FIXUP 3b, 4b
        .size user_clear, . - user_clear

/*
 * ssize_t user_string(char *dst, const char *src, size_t max): length when a 0 was copied within max
 * bytes, -1 on a fault, -2 when there is no 0 within max. Eight bytes at a time while none of them is
 * 0: (w - 01..01) & ~w & 80..80 is not 0 exactly when a byte of w is.
 */
FUNCTION user_string
        OPEN_USER
        movq %rdi, %r11
        movabsq $0x0101010101010101, %r8
        movabsq $0x8080808080808080, %r9
        subq $8, %rdx
        jb 2f
1:      movq (%rsi), %rcx
        movq %rcx, %rax
        movq %rcx, %r10
        subq %r8, %rax
        notq %r10
        andq %r10, %rax
        testq %r9, %rax
        jnz 2f
        movq %rcx, (%rdi)
        addq $8, %rsi
        addq $8, %rdi
        subq $8, %rdx
        jae 1b
2:      addq $8, %rdx
        jz 4f
3:      movb (%rsi), %cl
        movb %cl, (%rdi)
        testb %cl, %cl
        jz 5f
        incq %rsi
        incq %rdi
        decq %rdx
        jnz 3b
4:      movq $-2, %rax
        CLOSE_USER
        ret
5:      movq %rdi, %rax
        subq %r11, %rax
        CLOSE_USER
        ret
6:      movq $-1, %rax
        CLOSE_USER
        ret
        FIXUP 1b, 2b            // the word may reach past the string's page: byte by byte
        FIXUP 3b, 6b
        .size user_string, . - user_string

/* bool user_load32(const uint32_t *p, uint32_t *value) */
FUNCTION user_load32
        OPEN_USER
1:      movl (%rdi), %ecx
        CLOSE_USER
        movl %ecx, (%rsi)
        movl $1, %eax
        ret
2:      CLOSE_USER
        xorl %eax, %eax
        ret
        FIXUP 1b, 2b
        .size user_load32, . - user_load32

/* bool user_compare_exchange32(uint32_t *p, uint32_t expect, uint32_t desired, uint32_t *old) */
FUNCTION user_compare_exchange32
        movl %esi, %eax
        OPEN_USER
1:      lock cmpxchgl %edx, (%rdi)
        CLOSE_USER
        movl %eax, (%rcx)
        movl $1, %eax
        ret
2:      CLOSE_USER
        xorl %eax, %eax
        ret
        FIXUP 1b, 2b
        .size user_compare_exchange32, . - user_compare_exchange32

/* bool kernel_read64(uintptr_t addr, uint64_t *value): for backtraces; no user memory here. */
FUNCTION kernel_read64
1:      movq (%rdi), %rax
        movq %rax, (%rsi)
        movl $1, %eax
        ret
2:      xorl %eax, %eax
        ret
        FIXUP 1b, 2b
        .size kernel_read64, . - kernel_read64

        .section .note.GNU-stack, "", @progbits
