// SPDX-License-Identifier: ISC
/* Mutex, counting semaphore and completion: each a few lines on a wait queue. */
#include "sched/mutex.h"
#include "abi/errno.h"
#include "sched/thread.h"

void mutex_init(struct mutex *m, const char *name)
{
    spin_init(&m->lock, name);
    m->owner = NULL;
    m->name = name;
    wait_queue_init(&m->free, &m->lock);
}

static int mutex_take(struct mutex *m, enum wait_mode mode)
{
    int err = 0;
    spin_lock(&m->lock);
    if (m->owner == current)
        panic("mutex %s taken twice by thread %d (%s)", m->name, current->id, current->name);
    while (m->owner && !err)
        err = wait_on(&m->free, mode, NEVER, m->name);
    if (!m->owner) {
        m->owner = current;
        err = 0;
    }
    spin_unlock(&m->lock);
    return err;
}

void mutex_lock(struct mutex *m)
{
    mutex_take(m, WAIT_ALWAYS);
}

int mutex_lock_interruptible(struct mutex *m)
{
    return mutex_take(m, WAIT_SIGNALS);
}

bool mutex_trylock(struct mutex *m)
{
    spin_lock(&m->lock);
    bool mine = !m->owner;
    if (mine)
        m->owner = current;
    spin_unlock(&m->lock);
    return mine;
}

void mutex_unlock(struct mutex *m)
{
    spin_lock(&m->lock);
    if (m->owner != current)
        panic("mutex %s released by thread %d (%s), which does not own it", m->name, current->id,
              current->name);
    m->owner = NULL;
    if (!wait_queue_empty(&m->free))
        wake_one(&m->free);
    spin_unlock(&m->lock);
}

bool mutex_is_mine(const struct mutex *m)
{
    return m->owner == current;
}

void semaphore_init(struct semaphore *s, int count)
{
    spin_init(&s->lock, "semaphore");
    s->count = count;
    wait_queue_init(&s->positive, &s->lock);
}

static int semaphore_take(struct semaphore *s, enum wait_mode mode, uint64_t deadline)
{
    int err = 0;
    spin_lock(&s->lock);
    while (s->count <= 0 && !err)
        err = wait_on(&s->positive, mode, deadline, "semaphore");
    if (s->count > 0) {
        s->count--;
        err = 0;
    }
    spin_unlock(&s->lock);
    return err;
}

void semaphore_down(struct semaphore *s)
{
    semaphore_take(s, WAIT_ALWAYS, NEVER);
}

int semaphore_down_interruptible(struct semaphore *s, uint64_t deadline)
{
    return semaphore_take(s, WAIT_SIGNALS, deadline);
}

void semaphore_up(struct semaphore *s)
{
    spin_lock(&s->lock);
    s->count++;
    wake_one(&s->positive);
    spin_unlock(&s->lock);
}

void completion_init(struct completion *c)
{
    spin_init(&c->lock, "completion");
    c->done = false;
    wait_queue_init(&c->waiters, &c->lock);
}

void completion_signal(struct completion *c)
{
    spin_lock(&c->lock);
    c->done = true;
    wake_all(&c->waiters);
    spin_unlock(&c->lock);
}

static int completion_wait_mode(struct completion *c, enum wait_mode mode)
{
    int err = 0;
    spin_lock(&c->lock);
    while (!c->done && !err)
        err = wait_on(&c->waiters, mode, NEVER, "completion");
    if (c->done)
        err = 0;
    spin_unlock(&c->lock);
    return err;
}

void completion_wait(struct completion *c)
{
    completion_wait_mode(c, WAIT_ALWAYS);
}

int completion_wait_interruptible(struct completion *c)
{
    return completion_wait_mode(c, WAIT_SIGNALS);
}
