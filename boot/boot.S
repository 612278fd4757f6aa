// SPDX-License-Identifier: ISC
/*
 * First instructions. The boot loader (multiboot2 specification 2.0, section 3.3) enters _start in
 * 32-bit protected mode without paging, EAX = magic, EBX = address of the tags, on BIOS and on UEFI
 * machines alike. Here the CPU is brought to 64-bit mode and to the higher half, on early page
 * tables that map the low 4 GiB three times: one to one (until mmu_init), at DIRECT_MAP, and the
 * first GiB at KERNEL_BASE. Then x86_start (kernel/x86/start.c) goes on in C.
 *
 * A CPU without 64-bit mode is told so on VGA text, COM1 and QEMU's debug port, then it stops.
 */

#define MB2_MAGIC      0xe85250d6
#define KERNEL_BASE    0xffffffff80000000
#define PAGE_RW        0x003
#define PAGE_RW_2M     0x083
#define BOOT_CS        0x10    // the same as KERNEL_CS of kernel/x86/asm.h
#define BOOT_STACK     32768
#define MSR_EFER       0xc0000080
#define MSR_GS_BASE    0xc0000101

        .section .multiboot2, "a"
        .balign 8
header:
        .long MB2_MAGIC, 0, header_end - header
        .long -(MB2_MAGIC + (header_end - header))
        // Information request: the memory map must come.
        .balign 8
        .short 1, 0
        .long 12
        .long 6
        // Console: VGA text is understood too.
        .balign 8
        .short 4, 1
        .long 12
        .long 2
        // Framebuffer, optional: 1024 by 768, 32 bits a pixel.
        .balign 8
        .short 5, 1
        .long 20
        .long 1024, 768, 32
        // Modules begin on a page.
        .balign 8
        .short 6, 0
        .long 8
        // End.
        .balign 8
        .short 0, 0
        .long 8
header_end:

        .section .boot.bss, "aw", @nobits
        .balign 4096
        .globl early_root
early_root:
        .skip 4096
early_low:                      // page-directory pointers of the low 4 GiB
        .skip 4096
early_high:                     // of the last 512 GiB
        .skip 4096
early_dirs:                     // four directories of 2 MiB pages
        .skip 4 * 4096
early_stack:
        .skip 256
early_stack_top:

        .section .boot.text, "ax"
        .code32
        .globl _start
_start:
        cli
        cld
        movl $early_stack_top, %esp
        movl %eax, %edi
        movl %ebx, %esi

        // CPUID exists where the ID flag can be changed (SDM vol. 1, 20.1).
        pushfl
        popl %eax
        movl %eax, %ecx
        xorl $0x200000, %eax
        pushl %eax
        popfl
        pushfl
        popl %eax
        cmpl %eax, %ecx
        je not_64bit
        movl $0x80000000, %eax
        cpuid
        cmpl $0x80000001, %eax
        jb not_64bit
        movl $0x80000001, %eax
        cpuid
        testl $(1 << 29), %edx
        jz not_64bit

        // Four directories of 512 pages of 2 MiB each: the low 4 GiB.
        movl $PAGE_RW_2M, %eax
        movl $early_dirs, %ebx
1:      movl %eax, (%ebx)
        addl $8, %ebx
        addl $0x200000, %eax
        jnc 1b
        movl $(early_dirs + PAGE_RW), %eax
        movl %eax, early_low
        movl %eax, early_high + 510 * 8
        addl $4096, %eax
        movl %eax, early_low + 8
        addl $4096, %eax
        movl %eax, early_low + 16
        addl $4096, %eax
        movl %eax, early_low + 24
        movl $(early_low + PAGE_RW), early_root
        movl $(early_low + PAGE_RW), early_root + 256 * 8
        movl $(early_high + PAGE_RW), early_root + 511 * 8

        // PAE, root table, long mode, paging with write protection (SDM vol. 3A, 9.8.5).
        movl %cr4, %eax
        orl $0x20, %eax
        movl %eax, %cr4
        movl $early_root, %eax
        movl %eax, %cr3
        movl $MSR_EFER, %ecx
        rdmsr
        orl $0x100, %eax
        wrmsr
        movl %cr0, %eax
        andl $0x9fffffff, %eax  // caches on
        orl $0x80010001, %eax
        movl %eax, %cr0
        lgdt gdt_pointer32
        ljmp $BOOT_CS, $long_mode

not_64bit:
        movl $message, %esi
        movl $0xb8000, %edi
next_byte:
        lodsb
        testb %al, %al
        jz stop
        movb $0x4f, %ah
        movw %ax, (%edi)        // VGA text, white on red
        addl $2, %edi
        outb %al, $0xe9
        movb %al, %bl
        movl $100000, %ecx      // COM1, if its transmitter ever becomes free
        movw $0x3fd, %dx
1:      inb %dx, %al
        testb $0x20, %al
        jnz 2f
        decl %ecx
        jnz 1b
2:      movb %bl, %al
        movw $0x3f8, %dx
        outb %al, %dx
        jmp next_byte
stop:   cli
        hlt
        jmp stop
message:
        .asciz "PANIC: Braid needs a 64-bit (x86-64) processor; this one has no long mode.\r\n"

        .balign 8
        .globl boot_gdt, boot_gdt_pointer
boot_gdt:
        .quad 0
        .quad 0x00cf9b000000ffff        // 0x08 kernel code of 32 bits: boot/ap.S
        .quad 0x00af9b000000ffff        // 0x10 kernel code
        .quad 0x00cf93000000ffff        // 0x18 kernel data
boot_gdt_end:
gdt_pointer32:
        .short boot_gdt_end - boot_gdt - 1
        .long boot_gdt

        .code64
long_mode:
        movabsq $higher_half, %rax
        jmp *%rax

        .text
higher_half:
        lgdt boot_gdt_pointer(%rip)
        xorl %eax, %eax
        movl %eax, %ds
        movl %eax, %es
        movl %eax, %ss
        movl %eax, %fs
        movl %eax, %gs
        movl $MSR_GS_BASE, %ecx // where this CPU's per-CPU data lies; x86_start fills it
        movq $__percpu_boot, %rax
        subq $__percpu_start, %rax
        movq %rax, %rdx
        shrq $32, %rdx
        wrmsr
        leaq boot_stack_top(%rip), %rsp
        pushq $0                // end of the frame pointers' chain
        pushq $0
        xorl %ebp, %ebp
        movl %edi, %edi         // magic
        movl %esi, %esi         // tags
        call x86_start
        ud2

        .section .rodata, "a"
        .balign 8
boot_gdt_pointer:
        .short boot_gdt_end - boot_gdt - 1
        .quad boot_gdt + KERNEL_BASE

        .section .bss
        .balign 4096
        .globl boot_guard, boot_stack_top
boot_guard:
        .skip 4096              // not mapped once mmu_init ran
        .skip BOOT_STACK
boot_stack_top:
        .section .note.GNU-stack, "", @progbits
