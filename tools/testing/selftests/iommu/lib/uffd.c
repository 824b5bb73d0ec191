// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "call.h"
#include "uffd.h"

static struct uffdio_range range_of(void *p, size_t length)
{
	return (struct uffdio_range){ .start = (uintptr_t)p, .len = length };
}

/**
 * uffd_watch - Have faults told instead of resolved
 * @p: start of the memory
 * @length: bytes, whole pages
 * @mode: UFFDIO_REGISTER_MODE_...
 *
 * Return: a descriptor, or a negative errno.
 */
int uffd_watch(void *p, size_t length, __u64 mode)
{
	struct uffdio_api api = {
		.api = UFFD_API,
		.features = mode & UFFDIO_REGISTER_MODE_WP ?
			    UFFD_FEATURE_PAGEFAULT_FLAG_WP : 0,
	};
	struct uffdio_register reg = {
		.range = range_of(p, length), .mode = mode,
	};
	int fd = syscall(__NR_userfaultfd, O_CLOEXEC | O_NONBLOCK), rc;

	if (fd < 0)
		return -errno;
	if (!ioctl(fd, UFFDIO_API, &api) && !ioctl(fd, UFFDIO_REGISTER, &reg))
		return fd;
	rc = -errno;
	close(fd);
	return rc;
}

/**
 * uffd_protect - Have writes told, or no longer: then who waits goes on
 * @uffd: from uffd_watch(), with UFFDIO_REGISTER_MODE_WP
 * @p: start of the memory
 * @length: bytes, whole pages
 * @protect: which of both
 */
int uffd_protect(int uffd, void *p, size_t length, bool protect)
{
	struct uffdio_writeprotect wp = {
		.range = range_of(p, length),
		.mode = protect ? UFFDIO_WRITEPROTECT_MODE_WP : 0,
	};

	return ioctl(uffd, UFFDIO_WRITEPROTECT, &wp) ? -errno : 0;
}

/**
 * uffd_provide - Have pages where none are; who waits for them goes on
 * @uffd: from uffd_watch(), with UFFDIO_REGISTER_MODE_MISSING
 * @to: where
 * @from: what is in them
 * @length: bytes, whole pages
 */
int uffd_provide(int uffd, void *to, const void *from, size_t length)
{
	struct uffdio_copy copy = {
		.dst = (uintptr_t)to, .src = (uintptr_t)from, .len = length,
	};

	return ioctl(uffd, UFFDIO_COPY, &copy) ? -errno : 0;
}

/**
 * uffd_next_fault - Wait for a fault, not for long
 * @uffd: from uffd_watch()
 * @msg: gets it
 *
 * Return: 0, -ETIMEDOUT if there is none, or another negative errno.
 */
int uffd_next_fault(int uffd, struct uffd_msg *msg)
{
	struct pollfd poller = { .fd = uffd, .events = POLLIN };

	if (poll(&poller, 1, 200) < 1)
		return -ETIMEDOUT;
	if (read(uffd, msg, sizeof(*msg)) != sizeof(*msg))
		return -errno;
	return msg->event == UFFD_EVENT_PAGEFAULT ? 0 : -EPROTO;
}

/**
 * uffd_wait - Wait for a fault of a call
 * @uffd: from uffd_watch()
 * @call: that was started
 * @msg: gets it
 *
 * Return: 0, -ETIMEDOUT when the call is through, or another negative errno.
 */
int uffd_wait(int uffd, const struct call *call, struct uffd_msg *msg)
{
	int rc;

	do {
		rc = uffd_next_fault(uffd, msg);
	} while (rc == -ETIMEDOUT && !call->done);
	return rc;
}

/**
 * uffd_answer_all - Answer the faults of a call until it is through
 * @uffd: from uffd_watch()
 * @call: that was started
 * @answer: resolves a fault, returns 0 or a negative errno
 * @data: for @answer
 *
 * Return: how many faults there were, or a negative errno; -EALREADY if the call
 * did not wait for an answer.
 */
int uffd_answer_all(int uffd, const struct call *call,
		    int (*answer)(int uffd, const struct uffd_msg *msg,
				  void *data),
		    void *data)
{
	struct uffd_msg msg;
	int faults = 0, rc;

	while (!(rc = uffd_wait(uffd, call, &msg))) {
		if (call->done)
			return -EALREADY;
		rc = answer(uffd, &msg, data);
		if (rc)
			return rc;
		faults++;
	}
	return rc == -ETIMEDOUT ? faults : rc;
}
