// SPDX-License-Identifier: ISC
/*
 * Process groups and sessions: the rules of setpgid and setsid, who is in which group, which groups
 * are orphaned. All state here is guarded by process_tree_lock. POSIX.1-2017, 3.296-3.304 and the
 * pages setpgid, setsid.
 */
#include "abi/errno.h"
#include "mm/heap.h"
#include "task/process.h"

static SLAB_CACHE(session_cache, struct session);

#define GROUP_BUCKETS 64
static struct list groups[GROUP_BUCKETS];          // [t] processes by group id
static struct list sessions = LIST_INIT(sessions); // [t]
static struct session first_session = {.refs = 1,
                                       .link = LIST_INIT(first_session.link)}; // id 0: until setsid

void process_tree_insert(struct process *p); // process.c
void process_tree_remove(struct process *p);

static struct list *group_bucket(int group)
{
    struct list *b = &groups[(unsigned)group % GROUP_BUCKETS];
    if (!b->next)
        list_init(b);
    return b;
}

static void enter_group(struct process *p, int group)
{
    list_remove(&p->group_link);
    p->group = group;
    list_push_back(group_bucket(group), &p->group_link);
}

void process_publish(struct process *p, struct process *parent)
{
    process_tree_insert(p);
    p->parent = parent;
    if (parent)
        list_push_back(&parent->children, &p->sibling);
    enter_group(p, parent ? current_process()->group : 0);
    p->session = parent ? current_process()->session : &first_session;
    atomic_fetch_add(&p->session->refs, 1);
}

void process_unpublish(struct process *p)
{
    process_tree_remove(p);
    list_remove(&p->sibling);
    list_remove(&p->group_link);
}

void session_put(struct session *s)
{
    spin_lock(&process_tree_lock); // so that nobody finds it in the list without a reference
    bool last = atomic_fetch_sub(&s->refs, 1) == 1;
    if (last)
        list_remove(&s->link);
    spin_unlock(&process_tree_lock);
    if (last)
        slab_free(&session_cache, s);
}

unsigned process_group_each_locked(int group, void (*fn)(struct process *p, void *arg), void *arg)
{
    unsigned n = 0;
    struct process *p;
    list_for_each(p, group_bucket(group), group_link)
    {
        if (p->group != group)
            continue;
        fn(p, arg);
        n++;
    }
    return n;
}

unsigned process_group_each(int group, void (*fn)(struct process *p, void *arg), void *arg)
{
    spin_lock(&process_tree_lock);
    unsigned n = process_group_each_locked(group, fn, arg);
    spin_unlock(&process_tree_lock);
    return n;
}

bool process_group_exists(int group, struct session *in)
{
    struct process *p;
    list_for_each(p, group_bucket(group),
                  group_link) if (p->group == group && (!in || p->session == in)) return true;
    return false;
}

bool process_group_is_orphaned_without(int group, const struct process *without)
{
    struct process *p;
    list_for_each(p, group_bucket(group), group_link)
    {
        if (p->group != group || p == without || p->state != PROCESS_ALIVE)
            continue;
        if (!p->parent || p->parent == init_process)
            continue;
        if (p->parent->group != group && p->parent->session == p->session)
            return false; // somebody of the session, outside the group, still looks after it
    }
    return true;
}

bool process_group_is_orphaned(int group)
{
    return process_group_is_orphaned_without(group, NULL);
}

bool process_group_has_stopped(int group)
{
    struct process *p;
    list_for_each(p, group_bucket(group),
                  group_link) if (p->group == group && p->stopped) return true;
    return false;
}

bool process_id_in_use(int id)
{
    bool used;
    spin_lock(&process_tree_lock);
    used = process_find_locked(id) || process_group_exists(id, NULL);
    struct session *s;
    list_for_each(s, &sessions, link) used |= s->id == id;
    spin_unlock(&process_tree_lock);
    return used;
}

/* The checks in Linux's order (man 2 setpgid; kernel/sys.c). process_tree_lock held. */
static int set_group_locked(struct process *self, struct process *p, int group)
{
    if (!p || p->state != PROCESS_ALIVE)
        return -ESRCH;
    if (p->parent == self) {
        if (p->session != self->session)
            return -EPERM;
        if (p->has_execed)
            return -EACCES;
    } else if (p != self) {
        return -ESRCH;
    }
    if (p->session->id == p->id)
        return -EPERM;
    if (group != p->id && !process_group_exists(group, self->session))
        return -EPERM;
    enter_group(p, group);
    return 0;
}

int process_set_group(int pid, int group)
{
    struct process *self = current_process();
    if (!pid)
        pid = self->id;
    if (!group)
        group = pid;
    if (group < 0)
        return -EINVAL;
    spin_lock(&process_tree_lock);
    int err = set_group_locked(self, process_find_locked(pid), group);
    spin_unlock(&process_tree_lock);
    return err;
}

int process_new_session(void)
{
    struct process *self = current_process();
    struct session *s = slab_zalloc(&session_cache), *old = NULL;
    if (!s)
        return -ENOMEM;
    *s = (struct session){.refs = 1, .id = self->id};
    list_init(&s->link);
    spin_lock(&process_tree_lock);
    bool refused = process_group_exists(self->id, NULL);
    if (!refused) {
        old = self->session;
        self->session = s;
        list_push_back(&sessions, &s->link);
        enter_group(self, self->id);
    }
    spin_unlock(&process_tree_lock);
    if (refused) {
        slab_free(&session_cache, s);
        return -EPERM;
    }
    session_put(old);
    return self->id;
}

/* Field of the process `pid` (0: the caller). */
static int field_of(int pid, int (*field)(struct process *p))
{
    spin_lock(&process_tree_lock);
    struct process *p = pid ? process_find_locked(pid) : current_process();
    int value = p ? field(p) : -ESRCH;
    spin_unlock(&process_tree_lock);
    return value;
}

static int group_field(struct process *p)
{
    return p->group;
}

static int session_field(struct process *p)
{
    return p->session->id;
}

int process_group_of(int pid)
{
    return field_of(pid, group_field);
}

int process_session_of(int pid)
{
    return field_of(pid, session_field);
}
