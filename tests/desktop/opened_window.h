#pragma once
// A workspace with its window, and hands to work it.

#include <QAbstractButton>
#include <QAbstractSpinBox>
#include <QApplication>
#include <QComboBox>
#include <QDockWidget>
#include <QScrollBar>
#include <QTabBar>
#include <QTest>

#include "app/desktop/main_window.h"
#include "tests/desktop/made_content.h"

namespace galatea::made {

struct OpenedWindow {
    Workspace workspace; ///< outlives the window, as in main()
    std::shared_ptr<LinearModel> model = std::make_shared<LinearModel>();
    std::unique_ptr<MainWindow> window;

    OpenedWindow() {
        window = std::make_unique<MainWindow>(workspace, false);
        window->resize(1500, 950);
        window->show();
        QApplication::setActiveWindow(window.get()); // no window manager does it here
    }
    ~OpenedWindow() {
        workspace.jobs.cancelAll();
        window.reset();
    }
    Document& document() { return workspace.document; }
    bool load(DataContent data) {
        window->opener().adopt(std::move(data), {model, {}});
        return settles();
    }
    bool settles() {
        return QTest::qWaitFor([this] { return window->settled(); }, 30000) &&
               QTest::qWaitFor([this] { return window->settled(); }, 5000);
    }
    void raise(const char* dockName) {
        auto* dock = find<QDockWidget>(dockName);
        dock->show();
        dock->raise();
        QTest::qWait(50);
    }
    template <class T>
    T* find(const char* name) {
        return window->findChild<T*>(name);
    }
    void click(const char* name) { QTest::mouseClick(find<QWidget>(name), Qt::LeftButton); }
    void keep(const QString& name) {
        const QString folder = qEnvironmentVariable("GALATEA_SCREENSHOTS");
        if (folder.isEmpty())
            return;
        QTest::qWait(500); // thumbnails and layout follow
        window->saveScreenshot(folder + "/" + name + ".png");
    }
};

/// Every button, box and slider inside has a name, a tip, an accessible name or text, and can be reached by
/// Tab.
inline QString unnamedControl(const QWidget& panel) {
    for (const QWidget* widget : panel.findChildren<QWidget*>()) {
        const bool control = qobject_cast<const QAbstractButton*>(widget) ||
                             qobject_cast<const QComboBox*>(widget) ||
                             qobject_cast<const QAbstractSpinBox*>(widget);
        const bool part = widget->objectName().startsWith("qt_") || // of Qt's own composite widgets
                          qobject_cast<const QTabBar*>(widget->parentWidget());
        if (!control || part || qobject_cast<const QScrollBar*>(widget))
            continue;
        if (widget->objectName().isEmpty() || widget->toolTip().isEmpty() ||
            !(widget->focusPolicy() & Qt::TabFocus))
            return widget->objectName() + " (" + widget->metaObject()->className() + ")";
    }
    return {};
}

} // namespace galatea::made
