/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOMMUFD_DEBUGFS_CLAIM_H
#define _IOMMUFD_DEBUGFS_CLAIM_H

struct iommufd_group_claim;
struct seq_file;

void iommufd_debugfs_show_claim(struct seq_file *seq,
				struct iommufd_group_claim *claim);

#endif
