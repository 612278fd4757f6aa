// SPDX-License-Identifier: ISC
// Terminals: termios on the kernel's smaller struct, pseudo-terminals, names of terminals.
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "internal/syscall.h"

int ioctl(int fd, unsigned long request, ...)
{
    va_list args;
    va_start(args, request);
    void *arg = va_arg(args, void *);
    va_end(args);
    return (int)__syscall_ret(SYS3(SYS_ioctl, fd, request, arg));
}

int isatty(int fd)
{
    struct ktermios ignored;
    return ioctl(fd, TCGETS, &ignored) == 0;
}

int tcgetattr(int fd, struct termios *termios)
{
    struct ktermios kernel;
    if (ioctl(fd, TCGETS, &kernel) != 0)
        return -1;
    *termios = (struct termios){
        .c_iflag = kernel.c_iflag,
        .c_oflag = kernel.c_oflag,
        .c_cflag = kernel.c_cflag,
        .c_lflag = kernel.c_lflag,
        .c_line = kernel.c_line,
        .c_ispeed = kernel.c_cflag & CBAUD,
        .c_ospeed = kernel.c_cflag & CBAUD,
    };
    memcpy(termios->c_cc, kernel.c_cc, KNCCS);
    return 0;
}

int tcsetattr(int fd, int when, const struct termios *termios)
{
    struct ktermios kernel = {
        .c_iflag = termios->c_iflag,
        .c_oflag = termios->c_oflag,
        .c_cflag = termios->c_cflag,
        .c_lflag = termios->c_lflag,
        .c_line = termios->c_line,
    };
    memcpy(kernel.c_cc, termios->c_cc, KNCCS);
    if (when < TCSANOW || when > TCSAFLUSH) {
        errno = EINVAL;
        return -1;
    }
    return ioctl(fd, TCSETS + (unsigned long)when, &kernel);
}

int tcsendbreak(int fd, int duration)
{
    (void)duration;
    return ioctl(fd, TCSBRK, 0L);
}

int tcdrain(int fd)
{
    return ioctl(fd, TCSBRK, 1L);
}

int tcflush(int fd, int queue)
{
    return ioctl(fd, TCFLSH, (long)queue);
}

int tcflow(int fd, int action)
{
    return ioctl(fd, TCXONC, (long)action);
}

pid_t tcgetsid(int fd)
{
    pid_t sid;
    return ioctl(fd, TIOCGSID, &sid) != 0 ? -1 : sid;
}

pid_t tcgetpgrp(int fd)
{
    pid_t group;
    return ioctl(fd, TIOCGPGRP, &group) != 0 ? -1 : group;
}

int tcsetpgrp(int fd, pid_t group)
{
    return ioctl(fd, TIOCSPGRP, &group);
}

int tcgetwinsize(int fd, struct winsize *size)
{
    return ioctl(fd, TIOCGWINSZ, size);
}

int tcsetwinsize(int fd, const struct winsize *size)
{
    return ioctl(fd, TIOCSWINSZ, size);
}

void cfmakeraw(struct termios *termios)
{
    termios->c_iflag &=
        ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
    termios->c_oflag &= ~(tcflag_t)OPOST;
    termios->c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    termios->c_cflag &= ~(tcflag_t)(CSIZE | PARENB);
    termios->c_cflag |= CS8;
    termios->c_cc[VMIN] = 1;
    termios->c_cc[VTIME] = 0;
}

speed_t cfgetispeed(const struct termios *termios)
{
    return termios->c_cflag & CBAUD;
}

speed_t cfgetospeed(const struct termios *termios)
{
    return termios->c_cflag & CBAUD;
}

int cfsetispeed(struct termios *termios, speed_t speed)
{
    return speed == 0 ? 0 : cfsetospeed(termios, speed); // 0: the same as output
}

int cfsetospeed(struct termios *termios, speed_t speed)
{
    if (speed & ~(speed_t)CBAUD) {
        errno = EINVAL;
        return -1;
    }
    termios->c_cflag = (termios->c_cflag & ~(tcflag_t)CBAUD) | speed;
    return 0;
}

int cfsetspeed(struct termios *termios, speed_t speed)
{
    return cfsetospeed(termios, speed);
}

// The kernel tells the name of an open file through /proc.
int ttyname_r(int fd, char *name, size_t size)
{
    char link[32];
    if (!isatty(fd))
        return errno;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, name, size);
    if (length < 0)
        return errno;
    if ((size_t)length == size)
        return ERANGE;
    name[length] = '\0';
    return 0;
}

char *ttyname(int fd)
{
    static char name[64];
    int error = ttyname_r(fd, name, sizeof(name));
    if (error == 0)
        return name;
    errno = error;
    return NULL;
}

char *ctermid(char *name)
{
    static char buffer[] = "/dev/tty";
    return name != NULL ? strcpy(name, "/dev/tty") : buffer;
}

int posix_openpt(int flags)
{
    return open("/dev/ptmx", flags);
}

int grantpt(int fd)
{
    (void)fd; // devpts sets owner and mode itself
    return 0;
}

int unlockpt(int fd)
{
    int lock = 0;
    return ioctl(fd, TIOCSPTLCK, &lock);
}

int ptsname_r(int fd, char *name, size_t size)
{
    int number;
    if (ioctl(fd, TIOCGPTN, &number) != 0)
        return errno;
    return (size_t)snprintf(name, size, "/dev/pts/%d", number) < size ? 0 : ERANGE;
}

char *ptsname(int fd)
{
    static char name[32];
    int error = ptsname_r(fd, name, sizeof(name));
    if (error == 0)
        return name;
    errno = error;
    return NULL;
}
