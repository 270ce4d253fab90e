// A button that opens a list of things to do.

import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { mdiDotsVertical } from "@mdi/js";
import { Icon } from "./basics";

export interface MenuItem {
  label: string;
  icon?: string;
  onClick: () => unknown;
  danger?: boolean;
  disabled?: boolean;
  testid?: string;
}

interface MenuProps {
  label: string;
  items: MenuItem[];
  icon?: string;
  /** Beside the icon; the button then looks like one. */
  text?: string;
  testid?: string;
}

const EDGE = 8;

export function Menu({ label, items, icon = mdiDotsVertical, text, testid }: MenuProps) {
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [isOpen, setOpen] = useState(false);
  const id = useId();

  useLayoutEffect(() => {
    const menu = list.current;
    if (!isOpen || menu === null || button.current === null) return;
    menu.showPopover();
    place(menu, button.current.getBoundingClientRect());
    step(menu, 0);
  }, [isOpen]);

  const onKey = (event: KeyboardEvent): void => {
    const menu = list.current;
    const move = { ArrowDown: 1, ArrowUp: -1, Home: 0, End: Infinity }[event.key];
    if (menu === null || move === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    step(menu, move);
  };
  const pick = (item: MenuItem): void => {
    list.current?.hidePopover();
    button.current?.focus();
    item.onClick();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        class={text === undefined ? "icon-button" : "button plain"}
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={() => setOpen(!isOpen)}
        data-testid={testid}
      >
        {text !== undefined && <span>{text}</span>}
        <Icon path={icon} size={text === undefined ? 24 : 20} />
      </button>
      {isOpen && (
        <div
          ref={list}
          id={id}
          role="menu"
          aria-label={label}
          class="menu"
          popover="auto"
          onKeyDown={onKey}
          onToggle={(event) => {
            if ((event as unknown as { newState: string }).newState === "closed") setOpen(false);
          }}
        >
          {items.map((item) => (
            <button
              key={item.label}
              type="button"
              role="menuitem"
              class={`menu-item${item.danger ? " danger" : ""}`}
              tabIndex={-1}
              disabled={item.disabled}
              onClick={() => pick(item)}
              data-testid={item.testid}
            >
              {item.icon && <Icon path={item.icon} size={20} />}
              <span>{item.label}</span>
            </button>
          ))}
        </div>
      )}
    </>
  );
}

/** Under the button, or above it, and never over the edge. */
function place(menu: HTMLElement, at: DOMRect): void {
  const { width, height } = menu.getBoundingClientRect();
  const below = at.bottom + height + EDGE <= innerHeight;
  const top = below ? at.bottom : Math.max(EDGE, at.top - height);
  const left = Math.min(Math.max(EDGE, at.right - width), innerWidth - width - EDGE);
  menu.style.top = `${top}px`;
  menu.style.left = `${left}px`;
}

/** by: how many items down; 0 is the first one, Infinity the last. */
function step(menu: HTMLElement, by: number): void {
  const items = [...menu.querySelectorAll<HTMLElement>("[role=menuitem]:not(:disabled)")];
  const now = items.indexOf(document.activeElement as HTMLElement);
  const at = by === 0 ? 0 : by === Infinity ? items.length - 1 : (now + by + items.length) % items.length;
  items[at]?.focus();
}
