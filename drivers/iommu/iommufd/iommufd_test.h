/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The test commands of /dev/iommu, and the numbers of the mock IOMMU behind
 * them. Kernels with CONFIG_IOMMUFD_TEST only, which is for testing only.
 *
 * Names, numbers and layouts are those of mainline's test interface, so that
 * one test program runs on both.
 */
#ifndef _IOMMUFD_TEST_H
#define _IOMMUFD_TEST_H

#include <linux/types.h>
#ifdef __KERNEL__
#include <uapi/linux/iommufd.h>
#else
#include <linux/iommufd.h>
#endif

/* What the mock IOMMU can do */
enum {
	MOCK_PAGE_SIZE = 2048,		/* its smallest leaf */
	MOCK_HUGE_PAGE_SIZE = 512 * MOCK_PAGE_SIZE,
	MOCK_APERTURE_START = 1UL << 24,
	MOCK_APERTURE_LAST = (1UL << 31) - 1,
	MOCK_PASID_WIDTH = 20,
	MOCK_RESERVED_START = 1UL << 27,
	MOCK_RESERVED_LENGTH = 1UL << 20,
};

/* Kinds of page tables, of struct iommu_hwpt_selftest */
enum {
	MOCK_IOMMUPT_DEFAULT = 0,	/* MOCK_PAGE_SIZE only */
	MOCK_IOMMUPT_HUGE = 1,		/* and MOCK_HUGE_PAGE_SIZE */
};

enum iommu_test_op {
	IOMMU_TEST_OP_ADD_RESERVED = 1,
	IOMMU_TEST_OP_MOCK_DOMAIN = 2,
	IOMMU_TEST_OP_MD_CHECK_MAP = 3,
	IOMMU_TEST_OP_MD_CHECK_REFS = 4,
	IOMMU_TEST_OP_CREATE_ACCESS = 5,
	IOMMU_TEST_OP_DESTROY_ACCESS_PAGES = 6,
	IOMMU_TEST_OP_ACCESS_PAGES = 7,
	IOMMU_TEST_OP_ACCESS_RW = 8,
	IOMMU_TEST_OP_SET_TEMP_MEMORY_LIMIT = 9,
	IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE = 10,
	IOMMU_TEST_OP_ACCESS_REPLACE_IOAS = 11,
	IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS = 12,
	IOMMU_TEST_OP_DIRTY = 13,
	IOMMU_TEST_OP_MD_CHECK_IOTLB = 14,
	IOMMU_TEST_OP_TRIGGER_IOPF = 15,
	IOMMU_TEST_OP_DEV_CHECK_CACHE = 16,
	IOMMU_TEST_OP_TRIGGER_VEVENT = 17,
	IOMMU_TEST_OP_PASID_ATTACH = 18,
	IOMMU_TEST_OP_PASID_REPLACE = 19,
	IOMMU_TEST_OP_PASID_DETACH = 20,
	IOMMU_TEST_OP_PASID_CHECK_HWPT = 21,
	IOMMU_TEST_OP_DMABUF_GET = 22,
	IOMMU_TEST_OP_DMABUF_REVOKE = 23,
	/* Not mainline's */
	IOMMU_TEST_OP_MD_GET_PHYS = 64,
};

/* Flags of ACCESS_PAGES, ACCESS_RW, CREATE_ACCESS and MOCK_DOMAIN_FLAGS */
enum {
	MOCK_FLAGS_ACCESS_WRITE = 1 << 0,
	MOCK_FLAGS_ACCESS_SYZ = 1 << 16,
};

enum {
	MOCK_ACCESS_RW_WRITE = 1 << 0,
	MOCK_ACCESS_RW_SLOW_PATH = 1 << 2,
};

enum {
	MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES = 1 << 0,
	/* Not mainline's: does not let go of what is unmapped, until it leaves */
	MOCK_FLAGS_ACCESS_CREATE_KEEPS_PINS = 1 << 30,
};

enum {
	MOCK_FLAGS_DEVICE_NO_DIRTY = 1 << 0,
	MOCK_FLAGS_DEVICE_PASID = 1 << 2,
	/* Not mainline's: has reserved IOVAs, MOCK_RESERVED_START and following */
	MOCK_FLAGS_DEVICE_RESERVED = 1 << 30,
	/* Is in one group with all others that have this flag */
	MOCK_FLAGS_DEVICE_SHARED_GROUP = 1 << 29,
	/* Is neither bound nor attached: has an @out_stdev_id only */
	MOCK_FLAGS_DEVICE_UNBOUND = 1 << 28,
};

/* Entries of the mock's caches */
enum {
	MOCK_NESTED_DOMAIN_IOTLB_ID_MAX = 3,
	MOCK_NESTED_DOMAIN_IOTLB_NUM = 4,
};

enum {
	MOCK_DEV_CACHE_ID_MAX = 3,
	MOCK_DEV_CACHE_NUM = 4,
};

/* To attach this PASID fails the second time in a row */
#define IOMMU_TEST_PASID_RESERVED 1024

/**
 * struct iommu_test_cmd - ioctl(IOMMU_TEST_CMD)
 * @size: sizeof(struct iommu_test_cmd)
 * @op: One of enum iommu_test_op
 * @id: Which object it is about
 * @__reserved: Must be 0
 * @add_reserved: Reserve IOVAs of the IOAS @id, for as long as it lives
 * @mock_domain: Make a device, bind it and attach it to the IOAS or hwpt @id.
 *	IOMMU_DESTROY of @out_stdev_id undoes all three
 * @mock_domain_flags: The same with flags of the device
 * @mock_domain_replace: Attach the device @id, a @out_stdev_id, elsewhere.
 *	Out: id of the hwpt
 * @check_map: Is the memory at @uptr what the mock's hwpt @id has at @iova?
 *	EINVAL when not
 * @check_refs: Is each page at @uptr pinned @refs times? EIO when not. Of a
 *	compound page it can only be told whether it is pinned at all
 * @create_access: Make a user in the kernel of the IOAS @id
 * @destroy_access_pages: Undo @access_pages
 * @access_pages: Pin pages for a user in the kernel
 * @access_rw: Read or write as a user in the kernel
 * @memory_limit: Bytes that the kernel may use for arrays of pages on the way
 * @access_replace_ioas: Let a user in the kernel use another IOAS
 * @dirty: Mark pages as written to by a device: a bit at @uptr for each
 *	@page_size. @out_nr_dirty counts the bits at which something is mapped
 * @check_iotlb: Does the nested hwpt @id have this in its cache?
 * @trigger_iopf: Let a device report a page fault
 * @check_dev_cache: Does the device @id have this in its cache?
 * @trigger_vevent: Let a device report an event
 * @pasid_attach: Attach a PASID of the device @id
 * @pasid_replace: Attach it elsewhere
 * @pasid_detach: Undo @pasid_attach
 * @pasid_check: Is the PASID of the device @id attached to this hwpt?
 * @dmabuf_get: Make a dma-buf
 * @dmabuf_revoke: Take its memory away, or give it back
 * @get_phys: Where do IOVAs of the mock's hwpt @id lead? A physical address at
 *	@uptr for each MOCK_PAGE_SIZE of the range, 0 where nothing is mapped
 * @last: Unused, ends the first version of the struct
 */
struct iommu_test_cmd {
	__u32 size;
	__u32 op;
	__u32 id;
	__u32 __reserved;
	union {
		struct {
			__aligned_u64 start;
			__aligned_u64 length;
		} add_reserved;
		struct {
			__u32 out_stdev_id;
			__u32 out_hwpt_id;
			__u32 out_idev_id;
		} mock_domain;
		struct {
			__u32 out_stdev_id;
			__u32 out_hwpt_id;
			__u32 out_idev_id;
			__u32 dev_flags;
		} mock_domain_flags;
		struct {
			__u32 pt_id;
		} mock_domain_replace;
		struct {
			__aligned_u64 iova;
			__aligned_u64 length;
			__aligned_u64 uptr;
		} check_map;
		struct {
			__aligned_u64 length;
			__aligned_u64 uptr;
			__u32 refs;
		} check_refs;
		struct {
			__u32 out_access_fd;
			__u32 flags;
		} create_access;
		struct {
			__u32 access_pages_id;
		} destroy_access_pages;
		struct {
			__u32 flags;
			__u32 out_access_pages_id;
			__aligned_u64 iova;
			__aligned_u64 length;
			__aligned_u64 uptr;
		} access_pages;
		struct {
			__aligned_u64 iova;
			__aligned_u64 length;
			__aligned_u64 uptr;
			__u32 flags;
		} access_rw;
		struct {
			__u32 limit;
		} memory_limit;
		struct {
			__u32 ioas_id;
		} access_replace_ioas;
		struct {
			__u32 flags;
			__aligned_u64 iova;
			__aligned_u64 length;
			__aligned_u64 page_size;
			__aligned_u64 uptr;
			__aligned_u64 out_nr_dirty;
		} dirty;
		struct {
			__u32 id;
			__u32 iotlb;
		} check_iotlb;
		struct {
			__u32 dev_id;
			__u32 pasid;
			__u32 grpid;
			__u32 perm;
			__aligned_u64 addr;
		} trigger_iopf;
		struct {
			__u32 id;
			__u32 cache;
		} check_dev_cache;
		struct {
			__u32 dev_id;
		} trigger_vevent;
		struct {
			__u32 pasid;
			__u32 pt_id;
		} pasid_attach;
		struct {
			__u32 pasid;
			__u32 pt_id;
		} pasid_replace;
		struct {
			__u32 pasid;
		} pasid_detach;
		struct {
			__u32 pasid;
			__u32 hwpt_id;
		} pasid_check;
		struct {
			__u32 length;
			__u32 open_flags;
		} dmabuf_get;
		struct {
			__s32 dmabuf_fd;
			__u32 revoked;
		} dmabuf_revoke;
		struct {
			__aligned_u64 iova;
			__aligned_u64 length;
			__aligned_u64 uptr;
		} get_phys;
	};
	__u32 last;
};

#define IOMMU_TEST_CMD _IO(IOMMUFD_TYPE, IOMMUFD_CMD_BASE + 0x20)

/* Numbers and structs by which general commands mean the mock IOMMU */
#define IOMMU_HW_INFO_TYPE_SELFTEST 0xfeedbeef
#define IOMMU_HW_INFO_SELFTEST_REGVAL 0xdeadbeef

struct iommu_test_hw_info {
	__u32 flags;
	__u32 test_reg;
};

#define IOMMU_HWPT_DATA_SELFTEST 0xdead
#define IOMMU_TEST_IOTLB_DEFAULT 0xbadbeef
#define IOMMU_TEST_DEV_CACHE_DEFAULT 0xbaddad

struct iommu_hwpt_selftest {
	__u32 iotlb;
	__u32 pagetable_type;
};

#define IOMMU_HWPT_INVALIDATE_DATA_SELFTEST 0xdeadbeef
#define IOMMU_HWPT_INVALIDATE_DATA_SELFTEST_INVALID 0xdadbeef
#define IOMMU_TEST_INVALIDATE_FLAG_ALL 0x1

struct iommu_hwpt_invalidate_selftest {
	__u32 flags;
	__u32 iotlb_id;
};

#define IOMMU_VIOMMU_TYPE_SELFTEST 0xdeadbeef

struct iommu_viommu_selftest {
	__u32 in_data;
	__u32 out_data;
	__aligned_u64 out_mmap_offset;
	__aligned_u64 out_mmap_length;
};

#define IOMMU_VIOMMU_INVALIDATE_DATA_SELFTEST 0xdeadbeef
#define IOMMU_VIOMMU_INVALIDATE_DATA_SELFTEST_INVALID 0xdadbeef

struct iommu_viommu_invalidate_selftest {
	__u32 flags;
	__u32 vdev_id;
	__u32 cache_id;
};

#define IOMMU_VEVENTQ_TYPE_SELFTEST 0xbeefbeef

struct iommu_viommu_event_selftest {
	__u32 virt_id;
};

#define IOMMU_HW_QUEUE_TYPE_SELFTEST 0xdeadbeef
#define IOMMU_TEST_HW_QUEUE_MAX 2

#endif
