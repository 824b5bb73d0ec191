/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sizes, offsets and numbers of the mock IOMMU's interface, as test programs
 * that were built for other kernels have them. Checked when this is compiled.
 */
#ifndef SELFTESTS_IOMMU_LIB_TEST_LAYOUT_H
#define SELFTESTS_IOMMU_LIB_TEST_LAYOUT_H

#include "iommufd_test.h"
#include "layout.h"

NUMBER(IOMMU_TEST_PASID_RESERVED, 0x400);
NUMBER(IOMMU_TEST_CMD, 0x3ba0);
NUMBER(MOCK_PASID_WIDTH, 0x14);
NUMBER(IOMMU_HW_INFO_TYPE_SELFTEST, 0xfeedbeef);
NUMBER(IOMMU_HW_INFO_SELFTEST_REGVAL, 0xdeadbeef);
NUMBER(IOMMU_HWPT_DATA_SELFTEST, 0xdead);
NUMBER(IOMMU_TEST_IOTLB_DEFAULT, 0xbadbeef);
NUMBER(IOMMU_TEST_DEV_CACHE_DEFAULT, 0xbaddad);
NUMBER(IOMMU_HWPT_INVALIDATE_DATA_SELFTEST, 0xdeadbeef);
NUMBER(IOMMU_HWPT_INVALIDATE_DATA_SELFTEST_INVALID, 0xdadbeef);
NUMBER(IOMMU_TEST_INVALIDATE_FLAG_ALL, 0x1);
NUMBER(IOMMU_VIOMMU_TYPE_SELFTEST, 0xdeadbeef);
NUMBER(IOMMU_VIOMMU_INVALIDATE_DATA_SELFTEST, 0xdeadbeef);
NUMBER(IOMMU_VIOMMU_INVALIDATE_DATA_SELFTEST_INVALID, 0xdadbeef);
NUMBER(IOMMU_VEVENTQ_TYPE_SELFTEST, 0xbeefbeef);
NUMBER(IOMMU_HW_QUEUE_TYPE_SELFTEST, 0xdeadbeef);
NUMBER(IOMMU_TEST_HW_QUEUE_MAX, 0x2);
NUMBER(IOMMU_TEST_OP_ADD_RESERVED, 0x1);
NUMBER(IOMMU_TEST_OP_MOCK_DOMAIN, 0x2);
NUMBER(IOMMU_TEST_OP_MD_CHECK_MAP, 0x3);
NUMBER(IOMMU_TEST_OP_MD_CHECK_REFS, 0x4);
NUMBER(IOMMU_TEST_OP_CREATE_ACCESS, 0x5);
NUMBER(IOMMU_TEST_OP_DESTROY_ACCESS_PAGES, 0x6);
NUMBER(IOMMU_TEST_OP_ACCESS_PAGES, 0x7);
NUMBER(IOMMU_TEST_OP_ACCESS_RW, 0x8);
NUMBER(IOMMU_TEST_OP_SET_TEMP_MEMORY_LIMIT, 0x9);
NUMBER(IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE, 0xa);
NUMBER(IOMMU_TEST_OP_ACCESS_REPLACE_IOAS, 0xb);
NUMBER(IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS, 0xc);
NUMBER(IOMMU_TEST_OP_DIRTY, 0xd);
NUMBER(IOMMU_TEST_OP_MD_CHECK_IOTLB, 0xe);
NUMBER(IOMMU_TEST_OP_TRIGGER_IOPF, 0xf);
NUMBER(IOMMU_TEST_OP_DEV_CHECK_CACHE, 0x10);
NUMBER(IOMMU_TEST_OP_TRIGGER_VEVENT, 0x11);
NUMBER(IOMMU_TEST_OP_PASID_ATTACH, 0x12);
NUMBER(IOMMU_TEST_OP_PASID_REPLACE, 0x13);
NUMBER(IOMMU_TEST_OP_PASID_DETACH, 0x14);
NUMBER(IOMMU_TEST_OP_PASID_CHECK_HWPT, 0x15);
NUMBER(IOMMU_TEST_OP_DMABUF_GET, 0x16);
NUMBER(IOMMU_TEST_OP_DMABUF_REVOKE, 0x17);
NUMBER(IOMMU_TEST_OP_MD_GET_PHYS, 0x40);
NUMBER(MOCK_IOMMUPT_DEFAULT, 0x0);
NUMBER(MOCK_IOMMUPT_HUGE, 0x1);
NUMBER(MOCK_APERTURE_START, 0x1000000);
NUMBER(MOCK_APERTURE_LAST, 0x7fffffff);
NUMBER(MOCK_PAGE_SIZE, 0x800);
NUMBER(MOCK_HUGE_PAGE_SIZE, 0x100000);
NUMBER(MOCK_FLAGS_ACCESS_WRITE, 0x1);
NUMBER(MOCK_FLAGS_ACCESS_SYZ, 0x10000);
NUMBER(MOCK_ACCESS_RW_WRITE, 0x1);
NUMBER(MOCK_ACCESS_RW_SLOW_PATH, 0x4);
NUMBER(MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES, 0x1);
NUMBER(MOCK_FLAGS_DEVICE_NO_DIRTY, 0x1);
NUMBER(MOCK_FLAGS_DEVICE_PASID, 0x4);
NUMBER(MOCK_NESTED_DOMAIN_IOTLB_ID_MAX, 0x3);
NUMBER(MOCK_NESTED_DOMAIN_IOTLB_NUM, 0x4);
NUMBER(MOCK_DEV_CACHE_ID_MAX, 0x3);
NUMBER(MOCK_DEV_CACHE_NUM, 0x4);

SIZE(iommu_test_cmd, 72);
FIELD(iommu_test_cmd, size, 0, 4);
FIELD(iommu_test_cmd, op, 4, 4);
FIELD(iommu_test_cmd, id, 8, 4);
FIELD(iommu_test_cmd, __reserved, 12, 4);
FIELD(iommu_test_cmd, add_reserved, 16, 16);
FIELD(iommu_test_cmd, add_reserved.start, 16, 8);
FIELD(iommu_test_cmd, add_reserved.length, 24, 8);
FIELD(iommu_test_cmd, mock_domain, 16, 12);
FIELD(iommu_test_cmd, mock_domain.out_stdev_id, 16, 4);
FIELD(iommu_test_cmd, mock_domain.out_hwpt_id, 20, 4);
FIELD(iommu_test_cmd, mock_domain.out_idev_id, 24, 4);
FIELD(iommu_test_cmd, mock_domain_flags, 16, 16);
FIELD(iommu_test_cmd, mock_domain_flags.out_stdev_id, 16, 4);
FIELD(iommu_test_cmd, mock_domain_flags.out_hwpt_id, 20, 4);
FIELD(iommu_test_cmd, mock_domain_flags.out_idev_id, 24, 4);
FIELD(iommu_test_cmd, mock_domain_flags.dev_flags, 28, 4);
FIELD(iommu_test_cmd, mock_domain_replace, 16, 4);
FIELD(iommu_test_cmd, mock_domain_replace.pt_id, 16, 4);
FIELD(iommu_test_cmd, check_map, 16, 24);
FIELD(iommu_test_cmd, check_map.iova, 16, 8);
FIELD(iommu_test_cmd, check_map.length, 24, 8);
FIELD(iommu_test_cmd, check_map.uptr, 32, 8);
FIELD(iommu_test_cmd, check_refs, 16, 24);
FIELD(iommu_test_cmd, check_refs.length, 16, 8);
FIELD(iommu_test_cmd, check_refs.uptr, 24, 8);
FIELD(iommu_test_cmd, check_refs.refs, 32, 4);
FIELD(iommu_test_cmd, create_access, 16, 8);
FIELD(iommu_test_cmd, create_access.out_access_fd, 16, 4);
FIELD(iommu_test_cmd, create_access.flags, 20, 4);
FIELD(iommu_test_cmd, destroy_access_pages, 16, 4);
FIELD(iommu_test_cmd, destroy_access_pages.access_pages_id, 16, 4);
FIELD(iommu_test_cmd, access_pages, 16, 32);
FIELD(iommu_test_cmd, access_pages.flags, 16, 4);
FIELD(iommu_test_cmd, access_pages.out_access_pages_id, 20, 4);
FIELD(iommu_test_cmd, access_pages.iova, 24, 8);
FIELD(iommu_test_cmd, access_pages.length, 32, 8);
FIELD(iommu_test_cmd, access_pages.uptr, 40, 8);
FIELD(iommu_test_cmd, access_rw, 16, 32);
FIELD(iommu_test_cmd, access_rw.iova, 16, 8);
FIELD(iommu_test_cmd, access_rw.length, 24, 8);
FIELD(iommu_test_cmd, access_rw.uptr, 32, 8);
FIELD(iommu_test_cmd, access_rw.flags, 40, 4);
FIELD(iommu_test_cmd, memory_limit, 16, 4);
FIELD(iommu_test_cmd, memory_limit.limit, 16, 4);
FIELD(iommu_test_cmd, access_replace_ioas, 16, 4);
FIELD(iommu_test_cmd, access_replace_ioas.ioas_id, 16, 4);
FIELD(iommu_test_cmd, dirty, 16, 48);
FIELD(iommu_test_cmd, dirty.flags, 16, 4);
FIELD(iommu_test_cmd, dirty.iova, 24, 8);
FIELD(iommu_test_cmd, dirty.length, 32, 8);
FIELD(iommu_test_cmd, dirty.page_size, 40, 8);
FIELD(iommu_test_cmd, dirty.uptr, 48, 8);
FIELD(iommu_test_cmd, dirty.out_nr_dirty, 56, 8);
FIELD(iommu_test_cmd, check_iotlb, 16, 8);
FIELD(iommu_test_cmd, check_iotlb.id, 16, 4);
FIELD(iommu_test_cmd, check_iotlb.iotlb, 20, 4);
FIELD(iommu_test_cmd, trigger_iopf, 16, 24);
FIELD(iommu_test_cmd, trigger_iopf.dev_id, 16, 4);
FIELD(iommu_test_cmd, trigger_iopf.pasid, 20, 4);
FIELD(iommu_test_cmd, trigger_iopf.grpid, 24, 4);
FIELD(iommu_test_cmd, trigger_iopf.perm, 28, 4);
FIELD(iommu_test_cmd, trigger_iopf.addr, 32, 8);
FIELD(iommu_test_cmd, check_dev_cache, 16, 8);
FIELD(iommu_test_cmd, check_dev_cache.id, 16, 4);
FIELD(iommu_test_cmd, check_dev_cache.cache, 20, 4);
FIELD(iommu_test_cmd, trigger_vevent, 16, 4);
FIELD(iommu_test_cmd, trigger_vevent.dev_id, 16, 4);
FIELD(iommu_test_cmd, pasid_attach, 16, 8);
FIELD(iommu_test_cmd, pasid_attach.pasid, 16, 4);
FIELD(iommu_test_cmd, pasid_attach.pt_id, 20, 4);
FIELD(iommu_test_cmd, pasid_replace, 16, 8);
FIELD(iommu_test_cmd, pasid_replace.pasid, 16, 4);
FIELD(iommu_test_cmd, pasid_replace.pt_id, 20, 4);
FIELD(iommu_test_cmd, pasid_detach, 16, 4);
FIELD(iommu_test_cmd, pasid_detach.pasid, 16, 4);
FIELD(iommu_test_cmd, pasid_check, 16, 8);
FIELD(iommu_test_cmd, pasid_check.pasid, 16, 4);
FIELD(iommu_test_cmd, pasid_check.hwpt_id, 20, 4);
FIELD(iommu_test_cmd, dmabuf_get, 16, 8);
FIELD(iommu_test_cmd, dmabuf_get.length, 16, 4);
FIELD(iommu_test_cmd, dmabuf_get.open_flags, 20, 4);
FIELD(iommu_test_cmd, dmabuf_revoke, 16, 8);
FIELD(iommu_test_cmd, dmabuf_revoke.dmabuf_fd, 16, 4);
FIELD(iommu_test_cmd, dmabuf_revoke.revoked, 20, 4);
FIELD(iommu_test_cmd, get_phys, 16, 24);
FIELD(iommu_test_cmd, get_phys.iova, 16, 8);
FIELD(iommu_test_cmd, get_phys.length, 24, 8);
FIELD(iommu_test_cmd, get_phys.uptr, 32, 8);
FIELD(iommu_test_cmd, last, 64, 4);

SIZE(iommu_test_hw_info, 8);
FIELD(iommu_test_hw_info, flags, 0, 4);
FIELD(iommu_test_hw_info, test_reg, 4, 4);

SIZE(iommu_hwpt_selftest, 8);
FIELD(iommu_hwpt_selftest, iotlb, 0, 4);
FIELD(iommu_hwpt_selftest, pagetable_type, 4, 4);

SIZE(iommu_hwpt_invalidate_selftest, 8);
FIELD(iommu_hwpt_invalidate_selftest, flags, 0, 4);
FIELD(iommu_hwpt_invalidate_selftest, iotlb_id, 4, 4);

SIZE(iommu_viommu_selftest, 24);
FIELD(iommu_viommu_selftest, in_data, 0, 4);
FIELD(iommu_viommu_selftest, out_data, 4, 4);
FIELD(iommu_viommu_selftest, out_mmap_offset, 8, 8);
FIELD(iommu_viommu_selftest, out_mmap_length, 16, 8);

SIZE(iommu_viommu_invalidate_selftest, 12);
FIELD(iommu_viommu_invalidate_selftest, flags, 0, 4);
FIELD(iommu_viommu_invalidate_selftest, vdev_id, 4, 4);
FIELD(iommu_viommu_invalidate_selftest, cache_id, 8, 4);

SIZE(iommu_viommu_event_selftest, 4);
FIELD(iommu_viommu_event_selftest, virt_id, 0, 4);

#endif
