// SPDX-License-Identifier: ISC
/*
 * Floating-point and vector registers. The kernel itself uses none (-mgeneral-regs-only); each
 * thread that enters user mode has an area that context_switch saves to and loads from, always
 * (eager: no #NM trap, nothing of another program left in a register).
 *
 * The area is XSAVE's standard format where there is XSAVE, else FXSAVE's 512 bytes.
 * SDM vol. 1 ch. 13 (XSAVE), 10.5 (FXSAVE).
 */
#include "x86/context.h"
#include "x86/cpu.h"
#include "x86/entry.h"
#include "x86/msr.h"
#include "lib/string.h"

#define XCR0_LEGACY   0x3ul // x87 and SSE: always
#define XCR0_AVX      0x4ul
#define XCR0_AVX512   0xe0ul // all three or none
#define LEGACY_SIZE   512
#define HEADER_SIZE   64
#define FCW_DEFAULT   0x37f
#define MXCSR_DEFAULT 0x1f80

struct fpu_state {
    uint16_t fcw, fsw;
    uint8_t ftw, reserved0;
    uint16_t fop;
    uint64_t fip, fdp;
    uint32_t mxcsr, mxcsr_mask;
    uint8_t registers[LEGACY_SIZE - 32];
    // XSAVE header
    uint64_t xstate_bv, xcomp_bv, reserved[6];
};
static_assert(sizeof(struct fpu_state) == LEGACY_SIZE + HEADER_SIZE, "XSAVE layout");

static uint32_t mxcsr_mask = 0xffbf; // the value a CPU means when it reports 0

void fpu_detect(void)
{
    struct cpu_features *f = &cpu_features;

    f->fpu_size = LEGACY_SIZE;
    if (!f->xsave)
        return;
    struct cpuid r = cpuid(0xd, 0);
    f->xcr0 = XCR0_LEGACY | (r.a & XCR0_AVX);
    if (f->xcr0 & XCR0_AVX && (r.a & XCR0_AVX512) == XCR0_AVX512)
        f->xcr0 |= XCR0_AVX512;
    uint32_t extended = cpuid(0xd, 1).a;
    f->xsaveopt = extended & 1;
    f->xgetbv1 = extended & 4;
}

/* On each CPU, after CR4.OSXSAVE. */
void fpu_init(void)
{
    static struct fpu_state image __attribute__((aligned(64)));

    asm volatile("fninit");
    if (cpu_features.xsave) {
        asm volatile("xsetbv" ::"c"(0), "a"((uint32_t)cpu_features.xcr0),
                     "d"((uint32_t)(cpu_features.xcr0 >> 32)));
        cpu_features.fpu_size = cpuid(0xd, 0).b; // of what XCR0 enables now
    }
    asm volatile("fxsaveq %0" : "=m"(image));
    if (image.mxcsr_mask)
        mxcsr_mask = image.mxcsr_mask;
}

size_t fpu_area_size(void)
{
    return cpu_features.fpu_size;
}

void fpu_init_state(struct fpu_state *fpu)
{
    memset(fpu, 0, cpu_features.fpu_size);
    fpu->fcw = FCW_DEFAULT;
    fpu->mxcsr = MXCSR_DEFAULT;
    if (cpu_features.xsave)
        fpu->xstate_bv = XCR0_LEGACY; // the rest is in its initial state
}

#define XSTATE_MASK "a"((uint32_t)cpu_features.xcr0), "d"((uint32_t)(cpu_features.xcr0 >> 32))

/* Plain XSAVE: XSAVEOPT may leave out what has not changed since *its own* area was loaded. */
void fpu_save_current(struct fpu_state *into)
{
    if (cpu_features.xsave)
        asm volatile("xsaveq (%0)" ::"r"(into), XSTATE_MASK : "memory");
    else
        asm volatile("fxsaveq (%0)" ::"r"(into) : "memory");
}

void fpu_load_current(struct fpu_state *from)
{
    if (cpu_features.xsave)
        asm volatile("xrstorq (%0)" ::"r"(from), XSTATE_MASK : "memory");
    else
        asm volatile("fxrstorq (%0)" ::"r"(from) : "memory");
}

/* For context_switch: into the area the running thread's registers were loaded from. */
void fpu_switch_out(struct fpu_state *into)
{
    if (cpu_features.xsaveopt)
        asm volatile("xsaveoptq (%0)" ::"r"(into), XSTATE_MASK : "memory");
    else
        fpu_save_current(into);
}

/*
 * XRSTOR faults on bits it does not know in header and MXCSR (SDM vol. 1 13.8). An image without
 * the header (512 bytes) holds x87 and SSE state, the rest is then initial.
 */
bool fpu_sanitize(struct fpu_state *fpu, size_t size)
{
    if (size != LEGACY_SIZE && size != cpu_features.fpu_size)
        return false;
    if (fpu->mxcsr & ~mxcsr_mask)
        return false;
    if (!cpu_features.xsave)
        return true;
    if (size == LEGACY_SIZE) {
        memset(&fpu->xstate_bv, 0, HEADER_SIZE);
        fpu->xstate_bv = XCR0_LEGACY;
        return true;
    }
    uint64_t rest = fpu->xcomp_bv;
    for (unsigned i = 0; i < ARRAY_SIZE(fpu->reserved); i++)
        rest |= fpu->reserved[i];
    return !rest && !(fpu->xstate_bv & ~cpu_features.xcr0);
}
