// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <stdint.h>

#include "file.h"
#include "group.h"
#include "iommu.h"
#include "mock.h"

#define PARAMETERS "/sys/module/iommufd/parameters/"

/**
 * mock_ioctl - IOMMU_TEST_CMD
 * @fd: any file
 * @cmd: the command; its size is set here
 */
int mock_ioctl(int fd, struct iommu_test_cmd *cmd)
{
	cmd->size = sizeof(*cmd);
	return iommu_ioctl(fd, IOMMU_TEST_CMD, cmd);
}

/**
 * mock_attach - Make a device, bind it and attach it
 * @fd: the context
 * @pt_id: an IOAS or hwpt
 * @dev: its ids; untouched on failure
 */
int mock_attach(int fd, __u32 pt_id, struct mock_device *dev)
{
	struct iommu_test_cmd cmd = {
		.op = IOMMU_TEST_OP_MOCK_DOMAIN,
		.id = pt_id,
	};
	int rc = mock_ioctl(fd, &cmd);

	if (!rc) {
		dev->stdev = cmd.mock_domain.out_stdev_id;
		dev->hwpt = cmd.mock_domain.out_hwpt_id;
		dev->idev = cmd.mock_domain.out_idev_id;
	}
	return rc;
}

/**
 * mock_attach_flags - The same, for a device with flags
 * @fd: the context
 * @pt_id: an IOAS or hwpt
 * @flags: MOCK_FLAGS_DEVICE_...
 * @dev: its ids; untouched on failure
 */
int mock_attach_flags(int fd, __u32 pt_id, __u32 flags,
		      struct mock_device *dev)
{
	struct iommu_test_cmd cmd = {
		.op = IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS,
		.id = pt_id,
		.mock_domain_flags = { .dev_flags = flags },
	};
	int rc = mock_ioctl(fd, &cmd);

	if (!rc) {
		dev->stdev = cmd.mock_domain_flags.out_stdev_id;
		dev->hwpt = cmd.mock_domain_flags.out_hwpt_id;
		dev->idev = cmd.mock_domain_flags.out_idev_id;
	}
	return rc;
}

/**
 * mock_replace - Attach a device elsewhere
 * @fd: the context
 * @stdev: the device
 * @pt_id: an IOAS or hwpt
 * @hwpt: what it is attached to now; NULL if that does not matter
 */
int mock_replace(int fd, __u32 stdev, __u32 pt_id, __u32 *hwpt)
{
	struct iommu_test_cmd cmd = {
		.op = IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE,
		.id = stdev,
		.mock_domain_replace = { .pt_id = pt_id },
	};
	int rc = mock_ioctl(fd, &cmd);

	if (!rc && hwpt)
		*hwpt = cmd.mock_domain_replace.pt_id;
	return rc;
}

/**
 * mock_check_map - Is memory mapped in a hwpt?
 * @fd: the context
 * @hwpt: of the mock IOMMU
 * @iova: where
 * @va: what
 * @length: bytes
 *
 * Return: 0, -EINVAL when not all of it is, or another negative errno.
 */
int mock_check_map(int fd, __u32 hwpt, __u64 iova, const void *va,
		   __u64 length)
{
	struct iommu_test_cmd cmd = {
		.op = IOMMU_TEST_OP_MD_CHECK_MAP,
		.id = hwpt,
		.check_map = {
			.iova = iova,
			.length = length,
			.uptr = (uintptr_t)va,
		},
	};

	return mock_ioctl(fd, &cmd);
}

/**
 * mock_check_ends - Is memory mapped in a hwpt, and nothing next to it?
 * @fd: the context
 * @hwpt: of the mock IOMMU
 * @iova: where; nothing else is mapped nearby
 * @va: what, with readable memory around it
 * @length: bytes
 *
 * Return: 0, -EINVAL when not all of it is, -EEXIST when more is, or another
 * negative errno.
 */
int mock_check_ends(int fd, __u32 hwpt, __u64 iova, const void *va,
		    __u64 length)
{
	const char *p = va;
	int rc = mock_check_map(fd, hwpt, iova, va, length);

	if (rc)
		return rc;
	rc = mock_check_map(fd, hwpt, iova - MOCK_PAGE_SIZE, p - MOCK_PAGE_SIZE,
			    MOCK_PAGE_SIZE);
	if (!rc)
		return -EEXIST;
	if (rc != -EINVAL)
		return rc;
	rc = mock_check_map(fd, hwpt, iova + length, p + length,
			    MOCK_PAGE_SIZE);
	if (!rc)
		return -EEXIST;
	return rc == -EINVAL ? 0 : rc;
}

/**
 * mock_get_phys - Where do IOVAs lead?
 * @fd: the context
 * @hwpt: of the mock IOMMU
 * @iova: the first, aligned to MOCK_PAGE_SIZE
 * @length: bytes, the same
 * @phys: gets a physical address for each MOCK_PAGE_SIZE, 0 for none
 */
int mock_get_phys(int fd, __u32 hwpt, __u64 iova, __u64 length, __u64 *phys)
{
	struct iommu_test_cmd cmd = {
		.op = IOMMU_TEST_OP_MD_GET_PHYS,
		.id = hwpt,
		.get_phys = {
			.iova = iova,
			.length = length,
			.uptr = (uintptr_t)phys,
		},
	};

	return mock_ioctl(fd, &cmd);
}

/**
 * mock_check_refs - Is each page of memory pinned so many times?
 * @fd: the context
 * @va: the memory
 * @length: bytes
 * @refs: how many times
 *
 * Return: 0, -EIO when not, or another negative errno.
 */
int mock_check_refs(int fd, const void *va, __u64 length, __u32 refs)
{
	struct iommu_test_cmd cmd = {
		.op = IOMMU_TEST_OP_MD_CHECK_REFS,
		.check_refs = {
			.length = length,
			.uptr = (uintptr_t)va,
			.refs = refs,
		},
	};

	return mock_ioctl(fd, &cmd);
}

/**
 * mock_dma_buf - Export memory of the kernel as that of a device
 * @fd: a context
 * @length: bytes
 * @flags: O_RDONLY or O_RDWR
 *
 * Return: the file or a negative errno.
 */
int mock_dma_buf(int fd, __u32 length, __u32 flags)
{
	struct iommu_test_cmd cmd = {
		.op = IOMMU_TEST_OP_DMABUF_GET,
		.dmabuf_get = {
			.length = length,
			.open_flags = flags,
		},
	};

	return mock_ioctl(fd, &cmd);
}

/**
 * mock_revoke - Take the memory of a dma-buf away from all, or give it back
 * @fd: a context
 * @dma_buf: from mock_dma_buf()
 * @revoked: which
 */
int mock_revoke(int fd, int dma_buf, bool revoked)
{
	struct iommu_test_cmd cmd = {
		.op = IOMMU_TEST_OP_DMABUF_REVOKE,
		.dmabuf_revoke = {
			.dmabuf_fd = dma_buf,
			.revoked = revoked,
		},
	};

	return mock_ioctl(fd, &cmd);
}

/**
 * mock_reserve - Reserve IOVAs, for as long as their address space lives
 * @fd: the context
 * @ioas_id: the address space
 * @start: first address
 * @length: bytes
 */
int mock_reserve(int fd, __u32 ioas_id, __u64 start, __u64 length)
{
	struct iommu_test_cmd cmd = {
		.op = IOMMU_TEST_OP_ADD_RESERVED,
		.id = ioas_id,
		.add_reserved = { .start = start, .length = length },
	};

	return mock_ioctl(fd, &cmd);
}

/**
 * mock_mark_dirty - Let a device write
 * @fd: the context
 * @hwpt: of the mock IOMMU
 * @iova: first address
 * @length: bytes
 * @page_size: bytes that a bit stands for
 * @bitmap: where the device writes
 * @count: how many bits met something that is mapped; untouched on failure
 */
int mock_mark_dirty(int fd, __u32 hwpt, __u64 iova, __u64 length,
		    __u64 page_size, const void *bitmap, __u64 *count)
{
	struct iommu_test_cmd cmd = {
		.op = IOMMU_TEST_OP_DIRTY,
		.id = hwpt,
		.dirty = {
			.iova = iova,
			.length = length,
			.page_size = page_size,
			.uptr = (uintptr_t)bitmap,
		},
	};
	int rc = mock_ioctl(fd, &cmd);

	if (!rc)
		*count = cmd.dirty.out_nr_dirty;
	return rc;
}

/**
 * mock_set_huge - Shall hwpts of the mock IOMMU have huge pages?
 * @huge: those that are made from now on, by anybody
 */
int mock_set_huge(bool huge)
{
	return file_write_number(PARAMETERS "mock_huge", huge);
}

/**
 * mock_set_exclusive - Shall each mock device need a hwpt of its own?
 * @exclusive: those that are attached from now on, by anybody
 */
int mock_set_exclusive(bool exclusive)
{
	return file_write_number(PARAMETERS "mock_exclusive", exclusive);
}

/**
 * mock_reset - Let the mock be as it is when a kernel starts
 *
 * Return: 0 or a negative errno, which is that of a kernel without a mock.
 */
int mock_reset(void)
{
	int rc = mock_set_huge(false);

	return rc ?: mock_set_exclusive(false) ?: group_set_policy("parked");
}

/**
 * mock_count_devices - How many mock devices are there, of all programs?
 *
 * Return: the number, or a negative errno.
 */
int mock_count_devices(void)
{
	DIR *dir = opendir("/sys/bus/iommufd_mock/devices");
	struct dirent *entry;
	int count = 0;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}
