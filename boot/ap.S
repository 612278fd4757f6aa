// SPDX-License-Identifier: ISC
/*
 * How a further CPU comes to C. A start-up IPI sets it running in real mode at the beginning of a
 * page below 1 MiB (SDM vol. 3A 8.4), where kernel/x86/smp.c has put a copy of ap_trampoline. It is
 * position-independent: CS, and so DS, name the page it lies on. From there it goes on in the kernel
 * image, at its physical address, through the same early page tables as the boot CPU, and takes what
 * smp.c has prepared for it in ap_start: page tables, per-CPU data, stack, first function.
 *
 * One CPU at a time comes this way.
 */
#include "x86/asm.h"

#define BOOT_CS32  0x08
#define BOOT_SS    0x18
#define EFER_LME   0x100
#define MSR_EFER   0xc0000080

        .section .rodata, "a"
        .globl ap_trampoline, ap_trampoline_end
        .code16
ap_trampoline:
        cli
        cld
        movw %cs, %ax
        movw %ax, %ds
        lgdtl gdt_pointer - ap_trampoline
        movl %cr0, %eax
        orl $1, %eax
        movl %eax, %cr0
        ljmpl $BOOT_CS32, $ap_protected
        .balign 4
gdt_pointer:
        .short 4 * 8 - 1
        .long boot_gdt
ap_trampoline_end:

        .section .boot.text, "ax"
        .code32
ap_protected:
        movl $BOOT_SS, %eax
        movl %eax, %ds
        movl %eax, %ss
        movl %cr4, %eax
        orl $0x20, %eax
        movl %eax, %cr4
        movl $early_root, %eax
        movl %eax, %cr3
        movl $MSR_EFER, %ecx
        rdmsr
        orl $EFER_LME, %eax
        wrmsr
        movl %cr0, %eax
        andl $0x9fffffff, %eax  // caches on
        orl $0x80010001, %eax
        movl %eax, %cr0
        ljmp $KERNEL_CS, $ap_long
        .code64
ap_long:
        movabsq $ap_higher_half, %rax
        jmp *%rax

        .text
ap_higher_half:
        lgdt boot_gdt_pointer(%rip)
        movl $MSR_EFER, %ecx
        rdmsr
        orl ap_start + AP_EFER(%rip), %eax      // no-execute: the page tables use it
        wrmsr
        movq ap_start + AP_ROOT(%rip), %rax
        movq %rax, %cr3
        xorl %eax, %eax
        movl %eax, %ds
        movl %eax, %es
        movl %eax, %ss
        movl %eax, %fs
        movl %eax, %gs
        movl $MSR_GS_BASE, %ecx
        movl ap_start + AP_GS(%rip), %eax
        movl ap_start + AP_GS + 4(%rip), %edx
        wrmsr
        movq ap_start + AP_STACK(%rip), %rsp
        movl ap_start + AP_NUMBER(%rip), %edi
        pushq $0                // end of the frame pointers' chain
        pushq $0
        xorl %ebp, %ebp
        call *ap_start + AP_ENTRY(%rip)
        ud2
        .section .note.GNU-stack, "", @progbits
