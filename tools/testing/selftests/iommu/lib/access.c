// SPDX-License-Identifier: GPL-2.0-only
#include <stdint.h>

#include "access.h"

/**
 * access_open - Make a user in the kernel and attach it
 * @fd: the context
 * @ioas_id: the address space
 * @flags: MOCK_FLAGS_ACCESS_CREATE_...
 *
 * Return: a file that is the user, or a negative errno.
 */
int access_open(int fd, __u32 ioas_id, __u32 flags)
{
	struct iommu_test_cmd cmd = {
		.op = IOMMU_TEST_OP_CREATE_ACCESS,
		.id = ioas_id,
		.create_access = { .flags = flags },
	};
	int rc = mock_ioctl(fd, &cmd);

	return rc ? rc : (int)cmd.create_access.out_access_fd;
}

/**
 * access_pin - Let the user pin a range
 * @fd: the context
 * @access: from access_open()
 * @iova: start
 * @length: bytes
 * @va: where this process has the same memory, to compare
 * @flags: MOCK_FLAGS_ACCESS_...
 * @id: for access_unpin(); untouched on failure
 */
int access_pin(int fd, int access, __u64 iova, __u64 length, const void *va,
	       __u32 flags, __u32 *id)
{
	struct iommu_test_cmd cmd = {
		.op = IOMMU_TEST_OP_ACCESS_PAGES,
		.id = access,
		.access_pages = {
			.flags = flags,
			.iova = iova,
			.length = length,
			.uptr = (uintptr_t)va,
		},
	};
	int rc = mock_ioctl(fd, &cmd);

	if (!rc)
		*id = cmd.access_pages.out_access_pages_id;
	return rc;
}

/**
 * access_unpin - Undo access_pin()
 * @fd: the context
 * @access: as then
 * @id: from then
 */
int access_unpin(int fd, int access, __u32 id)
{
	struct iommu_test_cmd cmd = {
		.op = IOMMU_TEST_OP_DESTROY_ACCESS_PAGES,
		.id = access,
		.destroy_access_pages = { .access_pages_id = id },
	};

	return mock_ioctl(fd, &cmd);
}

/**
 * access_rw - Let the user read or write
 * @fd: the context
 * @access: from access_open()
 * @iova: start
 * @buffer: of this process
 * @length: bytes
 * @flags: MOCK_ACCESS_RW_...
 */
int access_rw(int fd, int access, __u64 iova, void *buffer, __u64 length,
	      __u32 flags)
{
	struct iommu_test_cmd cmd = {
		.op = IOMMU_TEST_OP_ACCESS_RW,
		.id = access,
		.access_rw = {
			.iova = iova,
			.length = length,
			.uptr = (uintptr_t)buffer,
			.flags = flags,
		},
	};

	return mock_ioctl(fd, &cmd);
}

/**
 * access_replace - Let the user use another address space
 * @fd: the context
 * @access: from access_open()
 * @ioas_id: the other one
 */
int access_replace(int fd, int access, __u32 ioas_id)
{
	struct iommu_test_cmd cmd = {
		.op = IOMMU_TEST_OP_ACCESS_REPLACE_IOAS,
		.id = access,
		.access_replace_ioas = { .ioas_id = ioas_id },
	};

	return mock_ioctl(fd, &cmd);
}
