// SPDX-License-Identifier: ISC
//
// touch [-acm] [-r FILE] FILE...: sets times to now, or to those of another file, and creates what
// is not there.

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    bool access_only = false, change_only = false, create = true;
    struct timespec times[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_NOW}};
    struct stat status;
    int option, result = 0;
    while ((option = getopt(argc, argv, "acmr:")) != -1) {
        switch (option) {
        case 'a':
            access_only = true;
            break;
        case 'c':
            create = false;
            break;
        case 'm':
            change_only = true;
            break;
        case 'r':
            if (stat(optarg, &status) < 0)
                err(1, "%s", optarg);
            times[0] = status.st_atim;
            times[1] = status.st_mtim;
            break;
        default:
            return 1;
        }
    }
    if (optind == argc)
        errx(1, "missing file operand");
    if (access_only && !change_only)
        times[1].tv_nsec = UTIME_OMIT;
    if (change_only && !access_only)
        times[0].tv_nsec = UTIME_OMIT;
    for (int i = optind; i < argc; i++) {
        if (create) {
            int fd = open(argv[i], O_WRONLY | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0666);
            if (fd >= 0)
                close(fd);
        }
        if (utimensat(AT_FDCWD, argv[i], times, 0) < 0 && !(errno == ENOENT && !create)) {
            warn("cannot touch '%s'", argv[i]);
            result = 1;
        }
    }
    return result;
}
