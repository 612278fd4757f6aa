// SPDX-License-Identifier: ISC
/* The loops of page.c that need vector registers. Pages are aligned, so vmovdqa. */
#include "x86/asm.h"

#define PAGE_SIZE 4096

        .text

/* void page_zero_avx(void *page, bool initial): ymm0 is kept; `initial`: all upper halves are 0. */
FUNCTION page_zero_avx
        subq $32, %rsp
        vmovdqu %ymm0, (%rsp)
        vpxor %xmm0, %xmm0, %xmm0
        leaq PAGE_SIZE(%rdi), %rax
1:      vmovdqa %ymm0, (%rdi)
        vmovdqa %ymm0, 32(%rdi)
        vmovdqa %ymm0, 64(%rdi)
        vmovdqa %ymm0, 96(%rdi)
        vmovdqa %ymm0, 128(%rdi)
        vmovdqa %ymm0, 160(%rdi)
        vmovdqa %ymm0, 192(%rdi)
        vmovdqa %ymm0, 224(%rdi)
        addq $256, %rdi
        cmpq %rax, %rdi
        jne 1b
        vmovdqu (%rsp), %ymm0
        addq $32, %rsp
        testl %esi, %esi
        jz 2f
        vzeroupper
2:      ret

/* void page_copy_avx(void *to, const void *from, bool initial): ymm0 to ymm3 are kept. */
FUNCTION page_copy_avx
        subq $128, %rsp
        vmovdqu %ymm0, (%rsp)
        vmovdqu %ymm1, 32(%rsp)
        vmovdqu %ymm2, 64(%rsp)
        vmovdqu %ymm3, 96(%rsp)
        leaq PAGE_SIZE(%rdi), %rax
1:      vmovdqa (%rsi), %ymm0
        vmovdqa 32(%rsi), %ymm1
        vmovdqa 64(%rsi), %ymm2
        vmovdqa 96(%rsi), %ymm3
        vmovdqa %ymm0, (%rdi)
        vmovdqa %ymm1, 32(%rdi)
        vmovdqa %ymm2, 64(%rdi)
        vmovdqa %ymm3, 96(%rdi)
        vmovdqa 128(%rsi), %ymm0
        vmovdqa 160(%rsi), %ymm1
        vmovdqa 192(%rsi), %ymm2
        vmovdqa 224(%rsi), %ymm3
        vmovdqa %ymm0, 128(%rdi)
        vmovdqa %ymm1, 160(%rdi)
        vmovdqa %ymm2, 192(%rdi)
        vmovdqa %ymm3, 224(%rdi)
        addq $256, %rsi
        addq $256, %rdi
        cmpq %rax, %rdi
        jne 1b
        vmovdqu (%rsp), %ymm0
        vmovdqu 32(%rsp), %ymm1
        vmovdqu 64(%rsp), %ymm2
        vmovdqu 96(%rsp), %ymm3
        addq $128, %rsp
        testl %edx, %edx
        jz 2f
        vzeroupper
2:      ret
