// SPDX-License-Identifier: ISC
/*
 * capget and capset. Here a process has all capabilities (effective user 0) or none; a change that
 * would leave it with some of them is refused.
 */
#include "abi/errno.h"
#include "task/process.h"
#include "x86/uaccess.h"

#define VERSION_1 0x19980330u // 32 bits of each set
#define VERSION_2 0x20071026u // 64 bits, in two parts
#define VERSION_3 0x20080522u
#define LAST      40 // CAP_CHECKPOINT_RESTORE
#define ALL_LOW   UINT32_MAX
#define ALL_HIGH  ((1u << (LAST - 31)) - 1)

struct header {
    uint32_t version;
    int pid;
};

struct sets {
    uint32_t effective, permitted, inheritable;
};

static void current_sets(const struct process *p, struct sets out[2])
{
    bool all = process_is_privileged(p);
    uint32_t low = all ? ALL_LOW : 0, high = all ? ALL_HIGH : 0;

    out[0] = (struct sets){low, low, 0};
    out[1] = (struct sets){high, high, 0};
}

/* Parts of the data by the header's version; for an unknown one writes ours there: -EINVAL. */
static int read_header(uaddr_t from, struct header *h)
{
    uint32_t ours = VERSION_3;

    if (copy_in(h, from) < 0)
        return -EFAULT;
    if (h->version == VERSION_1)
        return 1;
    if (h->version == VERSION_2 || h->version == VERSION_3)
        return 2;
    return copy_out(from, &ours) < 0 ? -EFAULT : -EINVAL;
}

long sys_capget(uaddr_t header, uaddr_t data)
{
    struct header h;
    struct sets sets[2];
    int parts = read_header(header, &h);

    if (parts < 0)
        return parts == -EINVAL && !data ? 0 : parts; // asking only for the version
    if (h.pid < 0)
        return -EINVAL;
    struct process *p = h.pid ? process_find(h.pid) : current_process();
    if (!p)
        return -ESRCH;
    current_sets(p, sets);
    if (h.pid)
        process_put(p);
    return data ? copy_to_user(data, sets, parts * sizeof(sets[0])) : 0;
}

long sys_capset(uaddr_t header, uaddr_t data)
{
    struct header h;
    struct sets want[2] = {{0}}, have[2];
    int parts = read_header(header, &h);

    if (parts < 0)
        return parts;
    if (h.pid && h.pid != current->id)
        return -EPERM;
    if (copy_from_user(want, data, parts * sizeof(want[0])) < 0)
        return -EFAULT;
    current_sets(current_process(), have);
    for (int i = 0; i < parts; i++) {
        if (want[i].effective != have[i].effective || want[i].permitted != have[i].permitted ||
            want[i].inheritable)
            return -EPERM;
    }
    return 0;
}
