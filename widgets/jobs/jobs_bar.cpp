#include "widgets/jobs/jobs_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QToolButton>

#include "widgets/jobs/job_model.h"
#include "widgets/jobs/job_runner.h"

namespace galatea {

JobsBar::JobsBar(JobRunner& runner, QWidget* parent)
    : QWidget(parent), runner_(runner), title_(new QLabel(this)), figures_(new QLabel(this)),
      progress_(new QProgressBar(this)), cancel_(new QToolButton(this)) {
    setObjectName("jobsBar");
    title_->setObjectName("jobTitle");
    title_->setTextFormat(Qt::PlainText);
    figures_->setObjectName("jobFigures");
    figures_->setTextFormat(Qt::PlainText);
    progress_->setObjectName("jobProgress");
    progress_->setAccessibleName("Progress of the running job");
    progress_->setTextVisible(false);
    progress_->setFixedSize(140, 8);
    cancel_->setObjectName("jobCancel");
    cancel_->setText("Cancel");
    cancel_->setToolTip("Stop the running job at its next safe point");
    cancel_->setAccessibleName("Cancel the running job");
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(4, 0, 4, 0);
    row->setSpacing(10);
    row->addWidget(title_);
    row->addWidget(progress_);
    row->addWidget(figures_);
    row->addWidget(cancel_);
    connect(cancel_, &QToolButton::clicked, this, [this] { runner_.cancel(shownJob_); });
    connect(&runner, &JobRunner::changed, this, &JobsBar::refresh);
    connect(&runner, &JobRunner::progressed, this, &JobsBar::refresh);
    refresh();
}

void JobsBar::refresh() {
    const auto jobs = runner_.jobs();
    setVisible(!jobs.empty());
    if (jobs.empty())
        return;
    const JobInfo& job = jobs.front();
    shownJob_ = job.id;
    title_->setText(jobs.size() > 1 ? QString("%1 (+%2)").arg(job.title).arg(jobs.size() - 1) : job.title);
    figures_->setText(progressText(job));
    if (job.total > 0) {
        progress_->setRange(0, 1000);
        progress_->setValue(static_cast<int>(1000 * job.done / job.total));
    } else {
        progress_->setRange(0, 0);
    }
    cancel_->setEnabled(!job.stopping);
}

} // namespace galatea
