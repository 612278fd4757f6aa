// SPDX-License-Identifier: ISC
/*
 * Job control and ioctl of terminals. The order of checks is Linux's (drivers/tty/tty_io.c,
 * tty_jobctrl.c, n_tty.c), since programs rely on which of two errors they get.
 *
 * A session's terminal is state of the session: TIOCNOTTY by a process that is not the leader takes
 * nothing away from itself alone, as it would on Linux.
 */
#include "fs/tty.h"

#include "abi/errno.h"
#include "abi/ioctl.h"
#include "x86/uaccess.h"

void tty_signal(struct tty *t, int sig)
{
    spin_lock(&process_tree_lock);
    if (t->group)
        signal_send_group_locked(t->group, sig, NULL);
    spin_unlock(&process_tree_lock);
}

static bool ignores(int sig)
{
    struct signal_handlers *h = current_process()->handlers;

    if (current_task()->mask & KSIGBIT(sig))
        return true;
    spin_lock(&h->lock);
    bool ignored = h->action[sig].handler == KSIG_IGN;
    spin_unlock(&h->lock);
    return ignored;
}

int tty_check_background(struct tty *t, int sig)
{
    struct process *p = current_process();

    spin_lock(&process_tree_lock);
    int group = p->group;
    bool background = p->session->tty == t && t->group && t->group != group;
    bool orphaned = background && process_group_is_orphaned(group);
    spin_unlock(&process_tree_lock);
    if (!background)
        return 0;
    if (ignores(sig))
        return sig == SIGTTIN ? -EIO : 0;
    if (orphaned)
        return -EIO; // nobody would ever continue it
    signal_send_group(group, sig, NULL);
    return -ERESTARTSYS;
}

struct tty *tty_of_session(void)
{
    spin_lock(&process_tree_lock);
    struct tty *t = current_process()->session->tty;
    spin_unlock(&process_tree_lock);
    return t;
}

// --- controlling terminal ------------------------------------------------------------------------

static bool is_leader(const struct process *p)
{
    return p->session->id == p->id;
}

static void take_terminal(struct process *p, struct tty *t)
{
    t->session = p->session;
    t->group = p->group;
    p->session->tty = t;
}

void tty_open_controlling(struct tty *t)
{
    struct process *p = current_process();

    spin_lock(&process_tree_lock);
    if (is_leader(p) && !p->session->tty && !t->session)
        take_terminal(p, t);
    spin_unlock(&process_tree_lock);
}

static long set_controlling(struct file *f, struct tty *t, bool steal)
{
    struct process *p = current_process();
    bool privileged = process_is_privileged(p);
    long err = 0;

    spin_lock(&process_tree_lock);
    if (is_leader(p) && t->session == p->session) {
        // has it already
    } else if (!is_leader(p) || p->session->tty) {
        err = -EPERM;
    } else if ((t->session && !(steal && privileged)) || (!file_readable(f) && !privileged)) {
        err = -EPERM;
    } else {
        if (t->session)
            t->session->tty = NULL;
        take_terminal(p, t);
    }
    spin_unlock(&process_tree_lock);
    return err;
}

static long give_up_controlling(struct tty *t)
{
    struct process *p = current_process();
    int group = 0;

    spin_lock(&process_tree_lock);
    bool ours = p->session->tty == t;
    if (ours && is_leader(p)) {
        group = t->group;
        p->session->tty = NULL;
        t->session = NULL;
        t->group = 0;
    }
    if (group) {
        signal_send_group_locked(group, SIGHUP, NULL);
        signal_send_group_locked(group, SIGCONT, NULL);
    }
    spin_unlock(&process_tree_lock);
    return ours ? 0 : -ENOTTY;
}

static long get_group(struct tty *t, uaddr_t arg)
{
    spin_lock(&process_tree_lock);
    bool ours = current_process()->session->tty == t;
    int group = t->group;
    spin_unlock(&process_tree_lock);
    return ours ? copy_out(arg, &group) : -ENOTTY;
}

static long set_group(struct tty *t, uaddr_t arg)
{
    struct session *s = current_process()->session;
    int group;
    long err = tty_check_background(t, SIGTTOU);

    if (err)
        return err == -EIO ? -ENOTTY : err;
    if (copy_in(&group, arg) < 0)
        return -EFAULT;
    if (group < 0)
        return -EINVAL;
    spin_lock(&process_tree_lock);
    const struct process *p = process_find_locked(group);
    bool exists = process_group_exists(group, NULL);
    bool in_session = exists ? process_group_exists(group, s) : p && p->session == s;
    if (s->tty != t || t->session != s)
        err = -ENOTTY;
    else if (!exists && !p)
        err = -ESRCH;
    else if (!in_session)
        err = -EPERM;
    else
        t->group = group;
    spin_unlock(&process_tree_lock);
    return err;
}

static long get_session(struct tty *t, uaddr_t arg)
{
    spin_lock(&process_tree_lock);
    bool ours = current_process()->session->tty == t && t->session;
    int id = ours ? t->session->id : 0;
    spin_unlock(&process_tree_lock);
    return ours ? copy_out(arg, &id) : -ENOTTY;
}

// --- modes ---------------------------------------------------------------------------------------

static long get_modes(struct tty *t, uaddr_t arg)
{
    spin_lock(&t->lock);
    struct ktermios modes = t->termios;
    spin_unlock(&t->lock);
    return copy_out(arg, &modes);
}

static long set_modes(struct tty *t, unsigned cmd, uaddr_t arg)
{
    struct ktermios modes;
    long err = tty_check_background(t, SIGTTOU);

    if (err)
        return err;
    if (copy_in(&modes, arg) < 0)
        return -EFAULT;
    spin_lock(&t->lock);
    if (cmd == TCSETSF)
        tty_flush_input(t);
    err = cmd == TCSETS ? 0 : tty_drain(t);
    if (!err) {
        struct ktermios old = t->termios;
        t->termios = modes;
        if (!(modes.c_iflag & IXON) && (old.c_iflag & IXON))
            tty_start(t); // nobody could type VSTART any more
        tty_mode_changed(t, &old);
    }
    spin_unlock(&t->lock);
    return err;
}

/* TCSBRK, with any argument: there is no break signal to send, so it only waits. */
static long drain(struct tty *t)
{
    long err = tty_check_background(t, SIGTTOU);

    if (err)
        return err;
    spin_lock(&t->lock);
    err = tty_drain(t);
    spin_unlock(&t->lock);
    return err;
}

static long get_pending(struct tty *t, uaddr_t arg)
{
    spin_lock(&t->lock);
    int n = t->driver->pending ? t->driver->pending(t) : 0;
    spin_unlock(&t->lock);
    return copy_out(arg, &n);
}

static long flush(struct tty *t, uaddr_t what)
{
    long err = tty_check_background(t, SIGTTOU);

    if (err)
        return err;
    if (what != TCIFLUSH && what != TCOFLUSH && what != TCIOFLUSH)
        return -EINVAL;
    spin_lock(&t->lock);
    if (what != TCOFLUSH)
        tty_flush_input(t);
    if (what != TCIFLUSH)
        t->held_len = 0;
    spin_unlock(&t->lock);
    return 0;
}

static long flow(struct tty *t, uaddr_t what)
{
    long err = tty_check_background(t, SIGTTOU);
    const char *c = (const char *)t->termios.c_cc;

    if (err)
        return err;
    spin_lock(&t->lock);
    switch (what) {
    case TCOOFF:
        tty_stop(t);
        break;
    case TCOON:
        tty_start(t);
        break;
    case TCIOFF:
        tty_output_raw(t, c + VSTOP, c[VSTOP] != 0);
        break;
    case TCION:
        tty_output_raw(t, c + VSTART, c[VSTART] != 0);
        break;
    default:
        err = -EINVAL;
    }
    spin_unlock(&t->lock);
    return err;
}

static long get_window(struct tty *t, uaddr_t arg)
{
    spin_lock(&t->lock);
    struct winsize w = t->window;
    spin_unlock(&t->lock);
    return copy_out(arg, &w);
}

void tty_set_window(struct tty *t, const struct winsize *w)
{
    spin_lock(&t->lock);
    bool changed = w->ws_row != t->window.ws_row || w->ws_col != t->window.ws_col ||
                   w->ws_xpixel != t->window.ws_xpixel || w->ws_ypixel != t->window.ws_ypixel;
    t->window = *w;
    spin_unlock(&t->lock);
    if (changed)
        tty_signal(t, SIGWINCH);
}

static long set_window(struct tty *t, uaddr_t arg)
{
    struct winsize w;

    if (copy_in(&w, arg) < 0)
        return -EFAULT;
    tty_set_window(t, &w);
    return 0;
}

static long get_readable(struct tty *t, uaddr_t arg)
{
    spin_lock(&t->lock);
    int n = tty_bytes_readable(t);
    spin_unlock(&t->lock);
    return copy_out(arg, &n);
}

long tty_ioctl(struct file *f, unsigned cmd, uaddr_t arg)
{
    struct tty *t = tty_of(f);

    if (tty_is_hung_up(f))
        return cmd == TIOCSPGRP ? -ENOTTY : -EIO;
    switch (cmd) {
    case TCGETS:
        return get_modes(t, arg);
    case TCSETS:
    case TCSETSW:
    case TCSETSF:
        return set_modes(t, cmd, arg);
    case TCSBRK:
    case TCSBRKP:
        return drain(t);
    case TCFLSH:
        return flush(t, arg);
    case TCXONC:
        return flow(t, arg);
    case TIOCGWINSZ:
        return get_window(t, arg);
    case TIOCSWINSZ:
        return set_window(t, arg);
    case TIOCGPGRP:
        return get_group(t, arg);
    case TIOCSPGRP:
        return set_group(t, arg);
    case TIOCGSID:
        return get_session(t, arg);
    case TIOCSCTTY:
        return set_controlling(f, t, arg == 1);
    case TIOCNOTTY:
        return give_up_controlling(t);
    case FIONREAD:
        return get_readable(t, arg);
    case TIOCOUTQ:
        return get_pending(t, arg);
    case TIOCSTI: // putting words into another's mouth: refused, as Linux does by default since 6.2
        return -EIO;
    }
    return -ENOTTY;
}
