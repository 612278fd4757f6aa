// SPDX-License-Identifier: ISC
/*
 * The vDSO's two pages as memory objects, one frame each, made at start-up and never freed. They are
 * mapped privately as a file would be: fork shares them, a program may unmap or move them, and a
 * debugger that makes [vdso] writable gets a copy. [vvar] cannot be made writable.
 *
 * The code is x86/vdso/vdso.c, the data x86/clock.c's.
 */
#include "vm/vdso.h"
#include "lib/string.h"
#include "vm/space.h"
#include "x86/clock.h"

static struct memobj data_object, code_object;

static void *make_page(struct memobj *o)
{
    static const struct memobj_ops ops = {}; // the kernel's own reference is never put
    struct frame *f;

    memobj_init(o, &ops, PAGE_SIZE);
    if (memobj_frame(o, 0, true, true, &f))
        panic("no memory for the vDSO");
    return frame_data(f);
}

void vdso_init(void)
{
    extern const char vdso_image[], vdso_image_end[];

    assert(vdso_image_end - vdso_image <= (ptrdiff_t)PAGE_SIZE);
    memcpy(make_page(&code_object), vdso_image, vdso_image_end - vdso_image);
    clock_publish(make_page(&data_object));
}

static int map_page(struct space *s, struct memobj *o, uaddr_t at, uint32_t flags)
{
    struct map_request r = {
        .addr = at, .length = PAGE_SIZE, .flags = flags, .fixed = true, .object = o};
    return space_map(s, &r);
}

int vdso_map(struct space *s)
{
    int err = map_page(s, &data_object, VDSO_START, AREA_READ);
    return err ? err : map_page(s, &code_object, VDSO_CODE, AREA_READ | AREA_EXEC | AREA_MAYWRITE);
}

const char *vdso_name(const struct memobj *o)
{
    return o == &data_object ? "[vvar]" : o == &code_object ? "[vdso]" : NULL;
}
