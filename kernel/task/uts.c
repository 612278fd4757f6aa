// SPDX-License-Identifier: ISC
/* The system's names, of which the host's and the domain's can be set. */
#include "task/uts.h"

#include "abi/errno.h"
#include "lib/string.h"

static struct spinlock uts_lock = SPINLOCK("system names");
static struct utsname names = {.sysname = UTS_SYSNAME,
                               .nodename = "braid",
                               .release = UTS_RELEASE,
                               .version = UTS_VERSION,
                               .machine = UTS_MACHINE,
                               .domainname = "(none)"}; // [uts_lock]

void uts_get(struct utsname *out)
{
    spin_lock(&uts_lock);
    *out = names;
    spin_unlock(&uts_lock);
}

static int set_name(char field[65], const char *name, size_t len)
{
    if (len > 64)
        return -EINVAL;
    spin_lock(&uts_lock);
    memcpy(field, name, len);
    memset(field + len, 0, 65 - len);
    spin_unlock(&uts_lock);
    return 0;
}

int uts_set_nodename(const char *name, size_t len)
{
    return set_name(names.nodename, name, len);
}

int uts_set_domainname(const char *name, size_t len)
{
    return set_name(names.domainname, name, len);
}
