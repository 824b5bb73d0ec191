/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOMMUFD_TEST_CMD_H
#define _IOMMUFD_TEST_CMD_H

struct iommufd_ucmd;

int iommufd_test_ioctl(struct iommufd_ucmd *ucmd);

/* Handlers of its ops, each in the file of its noun */
int iommufd_test_add_reserved(struct iommufd_ucmd *ucmd);
int iommufd_test_memory_limit(struct iommufd_ucmd *ucmd);
int iommufd_test_mock_domain(struct iommufd_ucmd *ucmd);
int iommufd_test_mock_domain_flags(struct iommufd_ucmd *ucmd);
int iommufd_test_mock_domain_replace(struct iommufd_ucmd *ucmd);
int iommufd_test_check_map(struct iommufd_ucmd *ucmd);
int iommufd_test_dma_buf_get(struct iommufd_ucmd *ucmd);
int iommufd_test_dma_buf_revoke(struct iommufd_ucmd *ucmd);
void iommufd_test_dma_buf_init(void);
void iommufd_test_dma_buf_exit(void);
int iommufd_test_check_refs(struct iommufd_ucmd *ucmd);
int iommufd_test_dirty(struct iommufd_ucmd *ucmd);
int iommufd_test_get_phys(struct iommufd_ucmd *ucmd);
int iommufd_test_create_access(struct iommufd_ucmd *ucmd);
int iommufd_test_access_pages(struct iommufd_ucmd *ucmd);
int iommufd_test_destroy_access_pages(struct iommufd_ucmd *ucmd);
int iommufd_test_access_rw(struct iommufd_ucmd *ucmd);
int iommufd_test_access_replace_ioas(struct iommufd_ucmd *ucmd);

#endif
