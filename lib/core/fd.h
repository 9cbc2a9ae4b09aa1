/* fd.h: system calls on descriptors that go on where a signal interrupted them, or where only a part was
 * done. errno says why one failed. */
#ifndef MT_CORE_FD_H
#define MT_CORE_FD_H

#include <stddef.h>
#include <sys/types.h>

int mt_fd_open(const char *path, int flags, mode_t mode); /* the descriptor, or -1 */
ssize_t mt_fd_read(int fd, void *data, size_t len);       /* as read() */
int mt_fd_write(int fd, const void *data, size_t len);    /* all of it: 0, or -1 */
int mt_fd_sync(int fd);
int mt_fd_truncate(int fd, off_t len);

/* Writes all of it to the end of a file opened with O_APPEND, or nothing. */
int mt_fd_append(int fd, const void *data, size_t len);

#endif
