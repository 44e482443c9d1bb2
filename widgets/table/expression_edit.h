#pragma once
// A line for an expression that shows where it is wrong: the wrong part is underlined.

#include <QLineEdit>

namespace galatea {

class ExpressionEdit : public QLineEdit {
    Q_OBJECT
  public:
    explicit ExpressionEdit(QWidget* parent = nullptr);
    /// Bytes of the text as UTF-8, as an ExpressionError gives them. Typing takes the mark away.
    void markFault(size_t position, size_t length);
    void clearFault();
    bool hasFault() const { return begin_ >= 0; }
    /// Characters marked; −1: none.
    int faultBegin() const { return begin_; }
    int faultEnd() const { return end_; }
    /// Selects what is wrong, so that typing replaces it.
    void goToFault();

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    int xOf(int place) const;
    int begin_ = -1, end_ = -1;
};

} // namespace galatea
