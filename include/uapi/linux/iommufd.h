/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * /dev/iommu: I/O address spaces for user space, one file descriptor for all
 * of a process's devices.
 *
 * Numbers, layouts and error codes are those of mainline Linux wherever
 * mainline has the command, so that one binary runs on both. Commands that
 * mainline does not have start at number 0xC0, option ids at 0x100.
 */
#ifndef _UAPI_IOMMUFD_H
#define _UAPI_IOMMUFD_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define IOMMUFD_TYPE (';')

/**
 * DOC: Calling convention
 *
 * Each command takes a pointer to one struct whose first member, @size, is
 * the number of bytes that the caller knows of. A shorter struct than the
 * kernel's is read as if the missing tail were zero; a longer one is accepted
 * when what the kernel does not know is zero. All members have the same
 * offsets for 32 bit and 64 bit callers.
 *
 * The commands share these error codes:
 *
 *  - ENOTTY: the kernel does not have this command.
 *  - E2BIG: the struct is longer than the kernel's and the rest is not zero.
 *  - EOPNOTSUPP: a known member asks for something that the kernel or the
 *    hardware does not have; also any reserved member or flag that is set.
 *  - EINVAL: a member has a wrong value, or @size is below the first version
 *    of the struct.
 *  - ENOENT: there is no object of this id and type, or nothing at this IOVA.
 *  - ENOMEM: out of memory, or over the limit on locked memory.
 *  - EOVERFLOW: the sum of two members does not fit.
 *  - EFAULT: a pointer of the caller's cannot be read or written.
 *
 * A call that fails has changed nothing, unless the command says otherwise.
 * Ids are positive, name one object of one open file, and are not handed out
 * again for a long while after the object was destroyed.
 */
enum {
	IOMMUFD_CMD_BASE = 0x80,
	IOMMUFD_CMD_DESTROY = IOMMUFD_CMD_BASE,
	IOMMUFD_CMD_IOAS_ALLOC = 0x81,
	IOMMUFD_CMD_IOAS_ALLOW_IOVAS = 0x82,
	IOMMUFD_CMD_IOAS_COPY = 0x83,
	IOMMUFD_CMD_IOAS_IOVA_RANGES = 0x84,
	IOMMUFD_CMD_IOAS_MAP = 0x85,
	IOMMUFD_CMD_IOAS_UNMAP = 0x86,
	IOMMUFD_CMD_OPTION = 0x87,
	IOMMUFD_CMD_VFIO_IOAS = 0x88,
	IOMMUFD_CMD_HWPT_ALLOC = 0x89,
	IOMMUFD_CMD_GET_HW_INFO = 0x8a,
	IOMMUFD_CMD_HWPT_SET_DIRTY_TRACKING = 0x8b,
	IOMMUFD_CMD_HWPT_GET_DIRTY_BITMAP = 0x8c,
	IOMMUFD_CMD_IOAS_MAP_FILE = 0x8f,
	IOMMUFD_CMD_IOAS_CHANGE_PROCESS = 0x92,
	IOMMUFD_CMD_GROUP_INFO = 0xc0,
};

/**
 * struct iommu_destroy - ioctl(IOMMU_DESTROY)
 * @size: sizeof(struct iommu_destroy)
 * @id: Any id that this file handed out
 *
 * Destroys one object. EBUSY while another object depends on it, and always
 * for a bound device: its driver unbinds it when the device file is closed.
 */
struct iommu_destroy {
	__u32 size;
	__u32 id;
};

#define IOMMU_DESTROY _IO(IOMMUFD_TYPE, IOMMUFD_CMD_DESTROY)

/**
 * struct iommu_ioas_alloc - ioctl(IOMMU_IOAS_ALLOC)
 * @size: sizeof(struct iommu_ioas_alloc)
 * @flags: Must be 0
 * @out_ioas_id: Id of the new address space
 *
 * Makes an empty I/O address space (IOAS). Devices that attach to it see what
 * is mapped in it, from the first attach on.
 */
struct iommu_ioas_alloc {
	__u32 size;
	__u32 flags;
	__u32 out_ioas_id;
};

#define IOMMU_IOAS_ALLOC _IO(IOMMUFD_TYPE, IOMMUFD_CMD_IOAS_ALLOC)

/**
 * struct iommu_iova_range - A range of I/O virtual addresses
 * @start: First address
 * @last: Last address, inclusive
 */
struct iommu_iova_range {
	__aligned_u64 start;
	__aligned_u64 last;
};

/**
 * struct iommu_ioas_iova_ranges - ioctl(IOMMU_IOAS_IOVA_RANGES)
 * @size: sizeof(struct iommu_ioas_iova_ranges)
 * @ioas_id: The address space
 * @num_iovas: In: room in the array. Out: how many ranges there are
 * @__reserved: Must be 0
 * @allowed_iovas: Pointer to an array of struct iommu_iova_range, sorted on
 *                 return
 * @out_iova_alignment: Every IOVA, length and address of memory in this
 *                      address space must be a multiple of this
 *
 * Tells which IOVAs the attached devices leave usable, whether mapped or not.
 * The answer can only shrink when a device attaches and only grow when one
 * detaches. So does the choice of alignment: it is 1 while nothing is attached,
 * then the smallest page of the IOMMUs, which is not larger than the CPU's;
 * whole pages are always right. EMSGSIZE when the array is too short:
 * @num_iovas and @out_iova_alignment are valid then, and the array holds the
 * first ranges.
 */
struct iommu_ioas_iova_ranges {
	__u32 size;
	__u32 ioas_id;
	__u32 num_iovas;
	__u32 __reserved;
	__aligned_u64 allowed_iovas;
	__aligned_u64 out_iova_alignment;
};

#define IOMMU_IOAS_IOVA_RANGES _IO(IOMMUFD_TYPE, IOMMUFD_CMD_IOAS_IOVA_RANGES)

/**
 * struct iommu_ioas_allow_iovas - ioctl(IOMMU_IOAS_ALLOW_IOVAS)
 * @size: sizeof(struct iommu_ioas_allow_iovas)
 * @ioas_id: The address space
 * @num_iovas: Number of ranges, 0 for no list
 * @__reserved: Must be 0
 * @allowed_iovas: Pointer to an array of struct iommu_iova_range
 *
 * Replaces the list of IOVAs that the program needs. While there is a list, the
 * kernel chooses IOVAs in its ranges only, and no device can attach that would
 * take some of them away. Mappings at the caller's choice are not restricted.
 *
 * EFAULT: the array cannot be read. EINVAL: a range does not end above its
 * start, or two ranges overlap. EADDRINUSE: an attached device does not
 * translate some of the IOVAs. EOVERFLOW: more than 65536 ranges. The list is
 * as it was then.
 */
struct iommu_ioas_allow_iovas {
	__u32 size;
	__u32 ioas_id;
	__u32 num_iovas;
	__u32 __reserved;
	__aligned_u64 allowed_iovas;
};

#define IOMMU_IOAS_ALLOW_IOVAS _IO(IOMMUFD_TYPE, IOMMUFD_CMD_IOAS_ALLOW_IOVAS)

/**
 * enum iommufd_ioas_map_flags - Flags of the mapping commands
 * @IOMMU_IOAS_MAP_FIXED_IOVA: Map at @iova; otherwise the kernel chooses and
 *                             writes its choice there
 * @IOMMU_IOAS_MAP_WRITEABLE: Devices may write
 * @IOMMU_IOAS_MAP_READABLE: Devices may read
 */
enum iommufd_ioas_map_flags {
	IOMMU_IOAS_MAP_FIXED_IOVA = 1 << 0,
	IOMMU_IOAS_MAP_WRITEABLE = 1 << 1,
	IOMMU_IOAS_MAP_READABLE = 1 << 2,
};

/**
 * struct iommu_ioas_map - ioctl(IOMMU_IOAS_MAP)
 * @size: sizeof(struct iommu_ioas_map)
 * @flags: Combination of enum iommufd_ioas_map_flags, READABLE or WRITEABLE at
 *         least
 * @ioas_id: The address space
 * @__reserved: Must be 0
 * @user_va: Start of the caller's memory
 * @length: Bytes, a multiple of the IOVA alignment
 * @iova: Where to map; written when the kernel chooses
 *
 * Lets devices reach [@user_va, @user_va + @length) at [@iova, @iova +
 * @length). All or nothing. The memory is pinned, and charged against the
 * limit on locked memory, from when a device is attached; until then nothing
 * is touched and @user_va is not checked. What is at @user_va is looked up when
 * it is pinned: later changes of the process's own mapping do not follow, until
 * no device is attached any more and it is unpinned.
 *
 * With the kernel's choice the IOVA is never 0, has the same offset within a
 * page as @user_va, and is aligned for large pages where @user_va is.
 *
 * EEXIST: part of the IOVA range is mapped. EINVAL: no direction, length 0,
 * misaligned, or the range touches reserved IOVAs. ENOSPC: no room for the
 * kernel's choice. EFAULT: the memory is not there, cannot be pinned, or does
 * not permit what @flags ask for. ENOMEM: over RLIMIT_MEMLOCK.
 */
struct iommu_ioas_map {
	__u32 size;
	__u32 flags;
	__u32 ioas_id;
	__u32 __reserved;
	__aligned_u64 user_va;
	__aligned_u64 length;
	__aligned_u64 iova;
};

#define IOMMU_IOAS_MAP _IO(IOMMUFD_TYPE, IOMMUFD_CMD_IOAS_MAP)

/**
 * struct iommu_ioas_map_file - ioctl(IOMMU_IOAS_MAP_FILE)
 * @size: sizeof(struct iommu_ioas_map_file)
 * @flags: As in struct iommu_ioas_map
 * @ioas_id: The address space
 * @fd: A file of memory: memfd, tmpfs or hugetlbfs; or a dma-buf
 * @start: Byte of the file where the mapping starts
 * @length: Bytes, a multiple of the IOVA alignment, as is @start
 * @iova: Where to map; written when the kernel chooses
 *
 * As IOMMU_IOAS_MAP, for memory that is named by a file and not by addresses:
 * the file need not be mapped by any process, and may be closed. What is at
 * @start is looked up when it is pinned; holes are filled then. When the file is
 * cut short or a hole is punched later, devices go on using the memory that was
 * there.
 * In addition to IOMMU_IOAS_MAP: EBADF: no such file is open. EACCES: it is not
 * open for reading, or with WRITEABLE for writing. EPERM: WRITEABLE, and it is
 * sealed against writing; it cannot be sealed while it is mapped WRITEABLE.
 * EINVAL: not a file of memory; when it is pinned, beyond its end. EINTR: a
 * signal, while huge pages were allocated.
 *
 * A dma-buf is memory of a device: nothing is pinned or charged, and users in the
 * kernel get EINVAL. When its exporter revokes it no device reaches it any more,
 * for good, but the IOVAs stay taken. EINVAL: beyond its end. EOPNOTSUPP: the
 * exporter is not known. ENODEV: it is revoked.
 */
struct iommu_ioas_map_file {
	__u32 size;
	__u32 flags;
	__u32 ioas_id;
	__s32 fd;
	__aligned_u64 start;
	__aligned_u64 length;
	__aligned_u64 iova;
};

#define IOMMU_IOAS_MAP_FILE _IO(IOMMUFD_TYPE, IOMMUFD_CMD_IOAS_MAP_FILE)

/**
 * struct iommu_ioas_copy - ioctl(IOMMU_IOAS_COPY)
 * @size: sizeof(struct iommu_ioas_copy)
 * @flags: Combination of enum iommufd_ioas_map_flags, READABLE or WRITEABLE at
 *         least
 * @dst_ioas_id: The address space to map in
 * @src_ioas_id: The address space to take from, may be the same
 * @length: Bytes, a multiple of the IOVA alignment
 * @dst_iova: Where to map; written when the kernel chooses
 * @src_iova: Where the memory is mapped
 *
 * Maps the memory that is at @src_iova in one address space in another one.
 * The memory is pinned and charged once, however many copies there are, and
 * stays mapped in the copy when the source is unmapped. The source may be a
 * part of a mapping, or reach across several that follow one another; the copy
 * then consists of as many. All or nothing.
 * What one IOMMU_IOAS_MAP has mapped is pinned and charged as a whole, while a
 * device is attached where any part of it is mapped.
 * ENOENT: some of the source is not mapped. EBUSY: it is being unmapped. EPERM:
 * writing is asked for, and the memory was mapped for reading. Everything else
 * is as with IOMMU_IOAS_MAP.
 */
struct iommu_ioas_copy {
	__u32 size;
	__u32 flags;
	__u32 dst_ioas_id;
	__u32 src_ioas_id;
	__aligned_u64 length;
	__aligned_u64 dst_iova;
	__aligned_u64 src_iova;
};

#define IOMMU_IOAS_COPY _IO(IOMMUFD_TYPE, IOMMUFD_CMD_IOAS_COPY)

/**
 * struct iommu_ioas_unmap - ioctl(IOMMU_IOAS_UNMAP)
 * @size: sizeof(struct iommu_ioas_unmap)
 * @ioas_id: The address space
 * @iova: First IOVA
 * @length: In: bytes, Out: bytes that were unmapped
 *
 * Takes back what was mapped within the range; mappings are never cut. @iova 0
 * with @length U64_MAX means everything, and succeeds when there is nothing.
 * When the call returns no device can reach the memory.
 *
 * ENOENT: nothing is mapped there, or a mapping reaches across the range's
 * ends. EBUSY: another thread is mapping or unmapping there. EDEADLK: a driver
 * that emulates a device has memory in use and does not let go of it. Nothing
 * was unmapped then, and @length is as it was.
 */
struct iommu_ioas_unmap {
	__u32 size;
	__u32 ioas_id;
	__aligned_u64 iova;
	__aligned_u64 length;
};

#define IOMMU_IOAS_UNMAP _IO(IOMMUFD_TYPE, IOMMUFD_CMD_IOAS_UNMAP)

/**
 * enum iommufd_option - Options of IOMMU_OPTION
 * @IOMMU_OPTION_RLIMIT_MODE: Of the open file, @object_id is 0. Whose limit on
 *	locked memory (RLIMIT_MEMLOCK) pinned memory counts against: 0, the
 *	default, that of the user, as io_uring does; 1, that of the process, as
 *	mlock() and VFIO containers do. EPERM: to set it needs CAP_SYS_RESOURCE.
 *	EBUSY: the file has objects already.
 * @IOMMU_OPTION_HUGE_PAGES: Of the address space @object_id. 1, the default: the
 *	IOMMU's page tables use the largest pages that fit; 0: the smallest only.
 *	Turning it off needs an address space that has no mappings or that no
 *	device is attached to, else EINVAL. EADDRINUSE: something is not mapped
 *	in whole pages.
 */
enum iommufd_option {
	IOMMU_OPTION_RLIMIT_MODE = 0,
	IOMMU_OPTION_HUGE_PAGES = 1,
};

/**
 * enum iommufd_option_ops - What IOMMU_OPTION does
 * @IOMMU_OPTION_OP_SET: Set the option
 * @IOMMU_OPTION_OP_GET: Read the option
 */
enum iommufd_option_ops {
	IOMMU_OPTION_OP_SET = 0,
	IOMMU_OPTION_OP_GET = 1,
};

/**
 * struct iommu_option - ioctl(IOMMU_OPTION)
 * @size: sizeof(struct iommu_option)
 * @option_id: One of enum iommufd_option
 * @op: One of enum iommufd_option_ops
 * @__reserved: Must be 0
 * @object_id: What the option is of, see enum iommufd_option
 * @val64: In: what to set. Out: what is set
 *
 * EOPNOTSUPP: no such option or operation. EINVAL: not a value of the option.
 */
struct iommu_option {
	__u32 size;
	__u32 option_id;
	__u16 op;
	__u16 __reserved;
	__u32 object_id;
	__aligned_u64 val64;
};

#define IOMMU_OPTION _IO(IOMMUFD_TYPE, IOMMUFD_CMD_OPTION)

/**
 * enum iommufd_vfio_ioas_op - What IOMMU_VFIO_IOAS does
 * @IOMMU_VFIO_IOAS_GET: Tell in @ioas_id which address space it is
 * @IOMMU_VFIO_IOAS_SET: Make it @ioas_id
 * @IOMMU_VFIO_IOAS_CLEAR: Make it none
 */
enum iommufd_vfio_ioas_op {
	IOMMU_VFIO_IOAS_GET = 0,
	IOMMU_VFIO_IOAS_SET = 1,
	IOMMU_VFIO_IOAS_CLEAR = 2,
};

/**
 * struct iommu_vfio_ioas - ioctl(IOMMU_VFIO_IOAS)
 * @size: sizeof(struct iommu_vfio_ioas)
 * @ioas_id: An address space
 * @op: One of enum iommufd_vfio_ioas_op
 * @__reserved: Must be 0
 *
 * The commands of VFIO containers act on one address space of the file. It is
 * made when the first VFIO group takes the file for its container; with this it
 * can be found, or be another one. Devices stay where they are attached. To
 * destroy the address space makes it none.
 *
 * ENODEV: there is none to GET. EINVAL: VFIO groups without an IOMMU have taken
 * the file, so there cannot be one. EOPNOTSUPP: no such operation.
 */
struct iommu_vfio_ioas {
	__u32 size;
	__u32 ioas_id;
	__u16 op;
	__u16 __reserved;
};

#define IOMMU_VFIO_IOAS _IO(IOMMUFD_TYPE, IOMMUFD_CMD_VFIO_IOAS)

/**
 * struct iommu_ioas_change_process - ioctl(IOMMU_IOAS_CHANGE_PROCESS)
 * @size: sizeof(struct iommu_ioas_change_process)
 * @__reserved: Must be 0
 *
 * The calling process goes on in place of those that mapped: what is pinned in
 * all address spaces is charged to it, and no longer to them. For programs
 * that replace themselves and hand /dev/iommu over. All or nothing.
 *
 * EINVAL: something was mapped by IOMMU_IOAS_MAP, which stays the memory of the
 * process that mapped it. EBUSY: another thread maps or unmaps. ENOMEM: over
 * the caller's RLIMIT_MEMLOCK.
 */
struct iommu_ioas_change_process {
	__u32 size;
	__u32 __reserved;
};

#define IOMMU_IOAS_CHANGE_PROCESS \
	_IO(IOMMUFD_TYPE, IOMMUFD_CMD_IOAS_CHANGE_PROCESS)

/* Page tables and the hardware behind them */
#include <linux/iommufd_hwpt.h>

#endif
