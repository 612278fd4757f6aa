// SPDX-License-Identifier: ISC
/*
 * Control registers, model-specific registers and CPUID: for kernel/x86 alone. SDM vol. 3A 2.5,
 * vol. 4.
 */
#pragma once

#include "lib/base.h"
#include "x86/asm.h"

#define MSR_APIC_BASE    0x1b
#define MSR_PAT          0x277
#define MSR_TSC_DEADLINE 0x6e0
#define MSR_X2APIC       0x800
#define MSR_EFER         0xc0000080
#define MSR_STAR         0xc0000081
#define MSR_LSTAR        0xc0000082
#define MSR_SFMASK       0xc0000084
#define MSR_FS_BASE      0xc0000100
#define MSR_TSC_AUX      0xc0000103

#define EFER_SCE 0x1
#define EFER_NXE 0x800

#define CR0_MP 0x2
#define CR0_EM 0x4
#define CR0_TS 0x8
#define CR0_NE 0x20
#define CR0_WP 0x10000
#define CR0_AM 0x40000

#define CR4_DE         (1ul << 3)
#define CR4_PGE        (1ul << 7)
#define CR4_OSFXSR     (1ul << 9)
#define CR4_OSXMMEXCPT (1ul << 10)
#define CR4_UMIP       (1ul << 11)
#define CR4_FSGSBASE   (1ul << 16)
#define CR4_PCIDE      (1ul << 17)
#define CR4_OSXSAVE    (1ul << 18)
#define CR4_SMEP       (1ul << 20)
#define CR4_SMAP       (1ul << 21)

static inline uint64_t msr_read(uint32_t msr)
{
    uint32_t lo, hi;
    asm volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
    return (uint64_t)hi << 32 | lo;
}

static inline void msr_write(uint32_t msr, uint64_t v)
{
    asm volatile("wrmsr" ::"c"(msr), "a"((uint32_t)v), "d"((uint32_t)(v >> 32)) : "memory");
}

#define CR_ACCESS(n)                                                                               \
    static inline uint64_t cr##n##_read(void)                                                      \
    {                                                                                              \
        uint64_t v;                                                                                \
        asm volatile("movq %%cr" #n ", %0" : "=r"(v)::"memory");                                   \
        return v;                                                                                  \
    }                                                                                              \
    static inline void cr##n##_write(uint64_t v)                                                   \
    {                                                                                              \
        asm volatile("movq %0, %%cr" #n ::"r"(v) : "memory");                                      \
    }
CR_ACCESS(0)
CR_ACCESS(2)
CR_ACCESS(3)
CR_ACCESS(4)

struct cpuid {
    uint32_t a, b, c, d;
};

static inline struct cpuid cpuid(uint32_t leaf, uint32_t sub)
{
    struct cpuid r;
    asm volatile("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "a"(leaf), "c"(sub));
    return r;
}
