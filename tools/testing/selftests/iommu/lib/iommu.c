// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>

#include "iommu.h"

#define MAX_RANGES 64

/**
 * iommu_open - Open /dev/iommu for one test
 *
 * Return: the file descriptor, closed on exec, or a negative errno.
 */
int iommu_open(void)
{
	int fd = open("/dev/iommu", O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/**
 * iommu_ioctl - Issue a command without touching its struct
 * @fd: any file
 * @cmd: full ioctl number
 * @arg: the struct, or whatever the test wants the kernel to see
 *
 * Return: what the kernel returned, or a negative errno.
 */
int iommu_ioctl(int fd, unsigned long cmd, void *arg)
{
	int rc = ioctl(fd, cmd, arg);

	return rc < 0 ? -errno : rc;
}

/**
 * iommu_destroy - Destroy an object
 * @fd: the context
 * @id: any object id
 */
int iommu_destroy(int fd, __u32 id)
{
	struct iommu_destroy cmd = { .size = sizeof(cmd), .id = id };

	return iommu_ioctl(fd, IOMMU_DESTROY, &cmd);
}

/**
 * iommu_ioas_alloc - Make an address space
 * @fd: the context
 * @ioas_id: the new id; untouched on failure
 */
int iommu_ioas_alloc(int fd, __u32 *ioas_id)
{
	struct iommu_ioas_alloc cmd = { .size = sizeof(cmd) };
	int rc = iommu_ioctl(fd, IOMMU_IOAS_ALLOC, &cmd);

	if (!rc)
		*ioas_id = cmd.out_ioas_id;
	return rc;
}

static int do_map(int fd, __u32 ioas_id, const void *va, __u64 length,
		  __u64 *iova, __u32 flags)
{
	struct iommu_ioas_map cmd = {
		.size = sizeof(cmd),
		.flags = flags,
		.ioas_id = ioas_id,
		.user_va = (uintptr_t)va,
		.length = length,
		.iova = *iova,
	};
	int rc = iommu_ioctl(fd, IOMMU_IOAS_MAP, &cmd);

	if (!rc)
		*iova = cmd.iova;
	return rc;
}

/**
 * iommu_map_at - Map memory at an IOVA of the caller's choice
 * @fd: the context
 * @ioas_id: the address space
 * @va: start of the memory; never dereferenced here
 * @length: bytes
 * @iova: where
 * @prot: IOMMU_IOAS_MAP_READABLE, _WRITEABLE or both
 */
int iommu_map_at(int fd, __u32 ioas_id, const void *va, __u64 length,
		 __u64 iova, __u32 prot)
{
	return do_map(fd, ioas_id, va, length, &iova,
		      prot | IOMMU_IOAS_MAP_FIXED_IOVA);
}

/**
 * iommu_map - Map memory where the kernel likes
 * @fd: the context
 * @ioas_id: the address space
 * @va: start of the memory
 * @length: bytes
 * @iova: the kernel's choice; untouched on failure
 * @prot: as for iommu_map_at()
 */
int iommu_map(int fd, __u32 ioas_id, const void *va, __u64 length,
	      __u64 *iova, __u32 prot)
{
	__u64 chosen = 0;
	int rc = do_map(fd, ioas_id, va, length, &chosen, prot);

	if (!rc)
		*iova = chosen;
	return rc;
}

static int do_map_file(int fd, __u32 ioas_id, int file, __u64 start,
		       __u64 length, __u64 *iova, __u32 flags)
{
	struct iommu_ioas_map_file cmd = {
		.size = sizeof(cmd),
		.flags = flags,
		.ioas_id = ioas_id,
		.fd = file,
		.start = start,
		.length = length,
		.iova = *iova,
	};
	int rc = iommu_ioctl(fd, IOMMU_IOAS_MAP_FILE, &cmd);

	if (!rc)
		*iova = cmd.iova;
	return rc;
}

/**
 * iommu_map_file_at - Map a part of a file at an IOVA of the caller's choice
 * @fd: the context
 * @ioas_id: the address space
 * @file: the file
 * @start: where in the file
 * @length: bytes
 * @iova: where
 * @prot: as for iommu_map_at()
 */
int iommu_map_file_at(int fd, __u32 ioas_id, int file, __u64 start,
		      __u64 length, __u64 iova, __u32 prot)
{
	return do_map_file(fd, ioas_id, file, start, length, &iova,
			   prot | IOMMU_IOAS_MAP_FIXED_IOVA);
}

/**
 * iommu_map_file - Map a part of a file where the kernel likes
 * @fd: the context
 * @ioas_id: the address space
 * @file: the file
 * @start: where in the file
 * @length: bytes
 * @iova: the kernel's choice; untouched on failure
 * @prot: as for iommu_map_at()
 */
int iommu_map_file(int fd, __u32 ioas_id, int file, __u64 start, __u64 length,
		   __u64 *iova, __u32 prot)
{
	__u64 chosen = 0;
	int rc = do_map_file(fd, ioas_id, file, start, length, &chosen, prot);

	if (!rc)
		*iova = chosen;
	return rc;
}

/**
 * iommu_change_process - Let this process go on with what others mapped
 * @fd: the context
 */
int iommu_change_process(int fd)
{
	struct iommu_ioas_change_process cmd = { .size = sizeof(cmd) };

	return iommu_ioctl(fd, IOMMU_IOAS_CHANGE_PROCESS, &cmd);
}

static int do_copy(int fd, __u32 dst_id, __u64 *dst_iova, __u32 src_id,
		   __u64 src_iova, __u64 length, __u32 flags)
{
	struct iommu_ioas_copy cmd = {
		.size = sizeof(cmd),
		.flags = flags,
		.dst_ioas_id = dst_id,
		.src_ioas_id = src_id,
		.length = length,
		.dst_iova = *dst_iova,
		.src_iova = src_iova,
	};
	int rc = iommu_ioctl(fd, IOMMU_IOAS_COPY, &cmd);

	if (!rc)
		*dst_iova = cmd.dst_iova;
	return rc;
}

/**
 * iommu_copy_at - Map what is mapped elsewhere at an IOVA of the caller's choice
 * @fd: the context
 * @dst_id: address space to map in
 * @dst_iova: where
 * @src_id: address space to take from
 * @src_iova: from where
 * @length: bytes
 * @prot: IOMMU_IOAS_MAP_READABLE, _WRITEABLE or both
 */
int iommu_copy_at(int fd, __u32 dst_id, __u64 dst_iova, __u32 src_id,
		  __u64 src_iova, __u64 length, __u32 prot)
{
	return do_copy(fd, dst_id, &dst_iova, src_id, src_iova, length,
		       prot | IOMMU_IOAS_MAP_FIXED_IOVA);
}

/**
 * iommu_copy - Map what is mapped elsewhere where the kernel likes
 * @fd: the context
 * @dst_id: address space to map in
 * @dst_iova: the kernel's choice; untouched on failure
 * @src_id: address space to take from
 * @src_iova: from where
 * @length: bytes
 * @prot: as for iommu_copy_at()
 */
int iommu_copy(int fd, __u32 dst_id, __u64 *dst_iova, __u32 src_id,
	       __u64 src_iova, __u64 length, __u32 prot)
{
	__u64 chosen = 0;
	int rc = do_copy(fd, dst_id, &chosen, src_id, src_iova, length, prot);

	if (!rc)
		*dst_iova = chosen;
	return rc;
}

/**
 * iommu_unmap_count - Unmap a range and learn how much that was
 * @fd: the context
 * @ioas_id: the address space
 * @iova: first address
 * @length: bytes
 * @unmapped: the length that the kernel left in the struct, also on failure
 */
int iommu_unmap_count(int fd, __u32 ioas_id, __u64 iova, __u64 length,
		      __u64 *unmapped)
{
	struct iommu_ioas_unmap cmd = {
		.size = sizeof(cmd),
		.ioas_id = ioas_id,
		.iova = iova,
		.length = length,
	};
	int rc = iommu_ioctl(fd, IOMMU_IOAS_UNMAP, &cmd);

	*unmapped = cmd.length;
	return rc;
}

/**
 * iommu_unmap - Unmap a range
 * @fd: the context
 * @ioas_id: the address space
 * @iova: first address
 * @length: bytes
 */
int iommu_unmap(int fd, __u32 ioas_id, __u64 iova, __u64 length)
{
	__u64 unmapped;

	return iommu_unmap_count(fd, ioas_id, iova, length, &unmapped);
}

/**
 * iommu_unmap_all - Unmap everything, which may be nothing
 * @fd: the context
 * @ioas_id: the address space
 */
int iommu_unmap_all(int fd, __u32 ioas_id)
{
	return iommu_unmap(fd, ioas_id, 0, IOMMU_UNMAP_ALL);
}

/**
 * iommu_iova_ranges - Ask which IOVAs are usable
 * @fd: the context
 * @ioas_id: the address space
 * @ranges: room for the answer
 * @num: in: room, out: how many ranges there are (also with -EMSGSIZE)
 * @alignment: the address space's granule (also with -EMSGSIZE)
 */
int iommu_iova_ranges(int fd, __u32 ioas_id, struct iommu_iova_range *ranges,
		      __u32 *num, __u64 *alignment)
{
	struct iommu_ioas_iova_ranges cmd = {
		.size = sizeof(cmd),
		.ioas_id = ioas_id,
		.num_iovas = *num,
		.allowed_iovas = (uintptr_t)ranges,
	};
	int rc = iommu_ioctl(fd, IOMMU_IOAS_IOVA_RANGES, &cmd);

	if (!rc || rc == -EMSGSIZE) {
		*num = cmd.num_iovas;
		*alignment = cmd.out_iova_alignment;
	}
	return rc;
}

/**
 * iommu_allow_iovas - Replace the list of IOVAs that the program needs
 * @fd: the context
 * @ioas_id: the address space
 * @ranges: the list
 * @num: its length
 */
int iommu_allow_iovas(int fd, __u32 ioas_id,
		      const struct iommu_iova_range *ranges, __u32 num)
{
	struct iommu_ioas_allow_iovas cmd = {
		.size = sizeof(cmd),
		.ioas_id = ioas_id,
		.num_iovas = num,
		.allowed_iovas = (uintptr_t)ranges,
	};

	return iommu_ioctl(fd, IOMMU_IOAS_ALLOW_IOVAS, &cmd);
}

/**
 * iommu_option_set - Set an option
 * @fd: the context
 * @option: IOMMU_OPTION_...
 * @object_id: what it is of
 * @value: the value
 */
int iommu_option_set(int fd, __u32 option, __u32 object_id, __u64 value)
{
	struct iommu_option cmd = {
		.size = sizeof(cmd),
		.option_id = option,
		.op = IOMMU_OPTION_OP_SET,
		.object_id = object_id,
		.val64 = value,
	};

	return iommu_ioctl(fd, IOMMU_OPTION, &cmd);
}

/**
 * iommu_option_get - Read an option
 * @fd: the context
 * @option: IOMMU_OPTION_...
 * @object_id: what it is of
 * @value: the value; untouched on failure
 */
int iommu_option_get(int fd, __u32 option, __u32 object_id, __u64 *value)
{
	struct iommu_option cmd = {
		.size = sizeof(cmd),
		.option_id = option,
		.op = IOMMU_OPTION_OP_GET,
		.object_id = object_id,
		.val64 = ~0ULL,
	};
	int rc = iommu_ioctl(fd, IOMMU_OPTION, &cmd);

	if (!rc)
		*value = cmd.val64;
	return rc;
}

/**
 * iommu_hwpt_alloc - Make a page table that shows an address space
 * @fd: the context
 * @dev_id: a bound device that suits it
 * @ioas_id: the address space
 * @hwpt_id: the new id; untouched on failure
 */
int iommu_hwpt_alloc(int fd, __u32 dev_id, __u32 ioas_id, __u32 *hwpt_id)
{
	return iommu_hwpt_alloc_flags(fd, dev_id, ioas_id, 0, hwpt_id);
}

/**
 * iommu_hwpt_alloc_flags - Make a page table that can do more
 * @fd: the context
 * @dev_id: a bound device that suits it
 * @ioas_id: the address space
 * @flags: of enum iommufd_hwpt_alloc_flags
 * @hwpt_id: the new id; untouched on failure
 */
int iommu_hwpt_alloc_flags(int fd, __u32 dev_id, __u32 ioas_id, __u32 flags,
			   __u32 *hwpt_id)
{
	struct iommu_hwpt_alloc cmd = {
		.size = sizeof(cmd),
		.flags = flags,
		.dev_id = dev_id,
		.pt_id = ioas_id,
	};
	int rc = iommu_ioctl(fd, IOMMU_HWPT_ALLOC, &cmd);

	if (!rc)
		*hwpt_id = cmd.out_hwpt_id;
	return rc;
}

/**
 * iommu_track - Start or stop to note what devices write
 * @fd: the context
 * @hwpt_id: a page table that can
 * @on: whether it is noted
 */
int iommu_track(int fd, __u32 hwpt_id, bool on)
{
	struct iommu_hwpt_set_dirty_tracking cmd = {
		.size = sizeof(cmd),
		.flags = on ? IOMMU_HWPT_DIRTY_TRACKING_ENABLE : 0,
		.hwpt_id = hwpt_id,
	};

	return iommu_ioctl(fd, IOMMU_HWPT_SET_DIRTY_TRACKING, &cmd);
}

/**
 * iommu_read_dirty - Which pages were written
 * @fd: the context
 * @hwpt_id: a page table that can tell
 * @flags: of enum iommufd_hwpt_get_dirty_bitmap_flags
 * @iova: first address
 * @length: bytes
 * @page_size: bytes for each bit
 * @bitmap: bits are set, none is cleared
 */
int iommu_read_dirty(int fd, __u32 hwpt_id, __u32 flags, __u64 iova,
		     __u64 length, __u64 page_size, void *bitmap)
{
	struct iommu_hwpt_get_dirty_bitmap cmd = {
		.size = sizeof(cmd),
		.hwpt_id = hwpt_id,
		.flags = flags,
		.iova = iova,
		.length = length,
		.page_size = page_size,
		.data = (uintptr_t)bitmap,
	};

	return iommu_ioctl(fd, IOMMU_HWPT_GET_DIRTY_BITMAP, &cmd);
}

/**
 * iommu_hw_info - Ask what the IOMMU of a device can do
 * @fd: the context
 * @dev_id: a bound device
 * @info: the answer; @data_uptr and @data_len are the caller's
 */
int iommu_hw_info(int fd, __u32 dev_id, struct iommu_hw_info *info)
{
	info->size = sizeof(*info);
	info->dev_id = dev_id;
	return iommu_ioctl(fd, IOMMU_GET_HW_INFO, info);
}

/**
 * iommu_iova_usable - Is any part of a range within the usable IOVAs?
 * @fd: the context
 * @ioas_id: the address space
 * @start: first address
 * @last: last address
 *
 * Return: 1 when all is usable, 0 when nothing is, -EDOM when some is, or
 * another negative errno.
 */
int iommu_iova_usable(int fd, __u32 ioas_id, __u64 start, __u64 last)
{
	struct iommu_iova_range ranges[MAX_RANGES];
	__u32 num = MAX_RANGES, i;
	__u64 alignment;
	int rc;

	rc = iommu_iova_ranges(fd, ioas_id, ranges, &num, &alignment);
	if (rc)
		return rc;
	for (i = 0; i < num; i++) {
		if (ranges[i].start <= start && last <= ranges[i].last)
			return 1;
		if (ranges[i].start <= last && start <= ranges[i].last)
			return -EDOM;
	}
	return 0;
}
