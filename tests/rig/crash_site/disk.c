/* Preloaded into Moonraker by the crash harness: a disk that says no.

   While the file that CRASH_DISK names exists, its first letter says what is wrong
   with the disk under Moonraker's database: f full, r read-only, s failing fsync. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static const char *DATABASE = "moonraker-sql.db";

static char wrong(void) {
    const char *flag = getenv("CRASH_DISK");
    if (flag == NULL || access(flag, F_OK) != 0) return 0;
    int fd = (int)((int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open"))(
        flag, O_RDONLY | O_CLOEXEC);
    char letter = 0;
    if (fd >= 0) {
        if (read(fd, &letter, 1) != 1) letter = 0;
        close(fd);
    }
    return letter;
}

static int ours(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return strstr(path, DATABASE) != NULL;
}

static int refused(int fd) {
    char letter = wrong();
    if ((letter != 'f' && letter != 'r') || !ours(fd)) return 0;
    errno = letter == 'f' ? ENOSPC : EROFS;
    return 1;
}

static int unsynced(int fd) {
    if (wrong() != 's' || !ours(fd)) return 0;
    errno = EIO;
    return 1;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *data, size_t size) {
    return refused(fd) ? -1 : NEXT(write)(fd, data, size);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    return refused(fd) ? -1 : NEXT(pwrite)(fd, data, size, at);
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    return refused(fd) ? -1 : NEXT(pwrite64)(fd, data, size, at);
}
int fsync(int fd) { return unsynced(fd) ? -1 : NEXT(fsync)(fd); }
int fdatasync(int fd) { return unsynced(fd) ? -1 : NEXT(fdatasync)(fd); }

static int no_new_file(const char *path, int flags) {
    if (!(flags & O_CREAT) || strstr(path, DATABASE) == NULL) return 0;
    if (wrong() != 'r') return 0;
    errno = EROFS;
    return 1;
}

#define OPEN(name)                                              \
    int name(const char *path, int flags, ...) {                \
        va_list more;                                           \
        va_start(more, flags);                                  \
        mode_t mode = flags & O_CREAT ? va_arg(more, int) : 0;  \
        va_end(more);                                           \
        if (no_new_file(path, flags)) return -1;                \
        return NEXT(name)(path, flags, mode);                   \
    }
OPEN(open)
OPEN(open64)
