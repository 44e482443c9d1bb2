#pragma once
// The objects as a table: every column there is, filter on top, order by any column.

#include <deque>
#include <set>

#include <QTimer>
#include <QWidget>

#include "app/desktop/workspace.h"
#include "widgets/table/expression_edit.h"
#include "widgets/table/table_view.h"

class QLabel;
class QListWidget;
class QToolButton;

namespace galatea {

class ReasonLabel;

class TablePanel : public QWidget {
    Q_OBJECT
  public:
    explicit TablePanel(Workspace& workspace, QWidget* parent = nullptr);

    const TableModel& model() const { return model_; }
    TableView& view() { return *view_; }
    /// Filters by what stands in the field; an error is shown below it.
    void applyFilter();
    void sortBy(const std::string& column, bool descending); ///< an empty name: the catalogue's order
    /// Names of the columns shown, in order.
    std::vector<std::string> shownColumns() const;
    void setShownColumns(const std::vector<std::string>& names);
    QString selectionAsText() const; ///< tab-separated, with a line of names
    /// The shown rows and columns, by the name's ending; a job.
    void exportTo(const QString& path);

  Q_SIGNALS:
    void objectRequested(qint64 row);

  private:
    QWidget* buildHeader();
    void buildColumnList();
    void connectDocument();
    void connectView();
    void takeColumns();
    void fillColumnList();
    void readColumnList();
    void showColumns();
    void checkFilter();
    void requestFilter(const QString& text);
    void showFilter();
    void refreshFilter();
    void rebuild();
    void showOrder(RowOrderPtr order, RowListPtr kept);
    void nextStatistics();
    void forgetStatistics(); ///< other rows or columns: nothing that is on its way counts
    void updateCount();
    void requestSelection(int from, int to, SelectionChange how);
    void copySelection();
    void askAndExport();
    void showHelp();

    Workspace& workspace_;
    Document& document_;
    TableModel model_;
    TableView* view_;
    ExpressionEdit* filter_;
    ReasonLabel* fault_;
    QLabel* count_;
    QToolButton *onlySelection_, *columnsButton_;
    QListWidget* columnList_;
    LatestWins filtering_;  ///< what a person asked for
    LatestWins refreshing_; ///< the present filter again, when its columns have changed
    LatestWins ordering_, statistics_;
    QTimer check_;
    std::string sortColumn_;
    bool descending_ = false, filling_ = false;
    bool follow_ = false;     ///< the order was asked for: the current object stays in sight
    QString shownExpression_; ///< put into the field last
    std::vector<std::string> columnOrder_;
    std::set<std::string> hiddenColumns_, knownColumns_;
    RowListPtr kept_;                  ///< rows shown, in the catalogue's order; null: all
    std::deque<ColumnViewPtr> wanted_; ///< columns whose statistics are to be found
    ColumnViewPtr measured_;
    std::shared_ptr<const std::vector<uint8_t>>
        fresh_; ///< a filter's rows, worked out from the columns of now
};

} // namespace galatea
