// SPDX-License-Identifier: ISC
// Sockets.
#include <stddef.h>
#include <sys/socket.h>

#include "internal/syscall.h"

int socket(int family, int type, int protocol)
{
    return (int)__syscall_ret(SYS3(SYS_socket, family, type, protocol));
}

int socketpair(int family, int type, int protocol, int fd[2])
{
    return (int)__syscall_ret(SYS4(SYS_socketpair, family, type, protocol, fd));
}

int bind(int fd, const struct sockaddr *address, socklen_t size)
{
    return (int)__syscall_ret(SYS3(SYS_bind, fd, address, size));
}

int listen(int fd, int backlog)
{
    return (int)__syscall_ret(SYS2(SYS_listen, fd, backlog));
}

int accept(int fd, struct sockaddr *restrict address, socklen_t *restrict size)
{
    return accept4(fd, address, size, 0);
}

int accept4(int fd, struct sockaddr *restrict address, socklen_t *restrict size, int flags)
{
    return (int)__syscall_ret(SYS4(SYS_accept4, fd, address, size, flags));
}

int connect(int fd, const struct sockaddr *address, socklen_t size)
{
    return (int)__syscall_ret(SYS3(SYS_connect, fd, address, size));
}

int shutdown(int fd, int how)
{
    return (int)__syscall_ret(SYS2(SYS_shutdown, fd, how));
}

int getsockname(int fd, struct sockaddr *restrict address, socklen_t *restrict size)
{
    return (int)__syscall_ret(SYS3(SYS_getsockname, fd, address, size));
}

int getpeername(int fd, struct sockaddr *restrict address, socklen_t *restrict size)
{
    return (int)__syscall_ret(SYS3(SYS_getpeername, fd, address, size));
}

int getsockopt(int fd, int level, int option, void *restrict value, socklen_t *restrict size)
{
    return (int)__syscall_ret(SYS5(SYS_getsockopt, fd, level, option, value, size));
}

int setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
    return (int)__syscall_ret(SYS5(SYS_setsockopt, fd, level, option, value, size));
}

ssize_t send(int fd, const void *data, size_t size, int flags)
{
    return sendto(fd, data, size, flags, NULL, 0);
}

ssize_t recv(int fd, void *data, size_t size, int flags)
{
    return recvfrom(fd, data, size, flags, NULL, NULL);
}

ssize_t sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *address,
               socklen_t address_size)
{
    return __syscall_ret(SYS6(SYS_sendto, fd, data, size, flags, address, address_size));
}

ssize_t recvfrom(int fd, void *restrict data, size_t size, int flags,
                 struct sockaddr *restrict address, socklen_t *restrict address_size)
{
    return __syscall_ret(SYS6(SYS_recvfrom, fd, data, size, flags, address, address_size));
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    return __syscall_ret(SYS3(SYS_sendmsg, fd, message, flags));
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    return __syscall_ret(SYS3(SYS_recvmsg, fd, message, flags));
}

struct cmsghdr *__cmsg_next(struct msghdr *message, struct cmsghdr *cmsg)
{
    char *end = (char *)message->msg_control + message->msg_controllen;
    size_t left = (size_t)(end - (char *)cmsg), length = CMSG_ALIGN(cmsg->cmsg_len);
    if (cmsg->cmsg_len < sizeof(*cmsg) || left < length + sizeof(*cmsg))
        return NULL;
    return (struct cmsghdr *)((char *)cmsg + length);
}
