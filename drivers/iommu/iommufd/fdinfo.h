/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IOMMUFD_FDINFO_H
#define _IOMMUFD_FDINFO_H

struct file;
struct seq_file;

void iommufd_show_fdinfo(struct seq_file *seq, struct file *file);

#endif
